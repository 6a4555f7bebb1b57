/** Where a classifier sees a defect, for people: opened when first asked for, and only ever asked after the decision is sent. */
import type { Bundle } from '../../bundle/open-bundle.ts';
import { type Explainer, openExplainer } from '../../inference/explainer-model.ts';

export class HeatMap {
	readonly #open: (() => Promise<Explainer>) | undefined;
	#explainer: Promise<Explainer> | undefined;

	constructor(bundle: Pick<Bundle, 'manifest' | 'read'>) {
		const { explainer, input } = bundle.manifest;
		if (explainer === undefined) return;
		// The bytes as they were checked, whatever lies in the folder by then.
		const bytes = bundle.read(explainer);
		this.#open = () => openExplainer({ bytes, input });
	}

	/** False for a model with a mask, which is its own heat map, and for bundles without an explainer. */
	get available(): boolean {
		return this.#open !== undefined;
	}

	/** @returns float32[height,width] in [0,1]; undefined when there is no explainer @throws what opening and running throw */
	async of(pixels: Uint8Array): Promise<Float32Array | undefined> {
		this.#explainer ??= this.#open?.();
		return (await this.#explainer)?.explain(pixels);
	}

	async close(): Promise<void> {
		const explainer = await this.#explainer?.catch(() => undefined);
		await explainer?.close();
	}
}
