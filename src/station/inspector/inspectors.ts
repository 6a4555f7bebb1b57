/** The inspectors of a station, one per camera, where they are addressed together. */
import type { Placement } from '../../inference/read-placement.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { CameraState } from '../station-view.ts';
import type { Inspector } from './inspector.ts';

export class Inspectors {
	readonly #byCamera = new Map<string, Inspector>();
	#watchers = 0;

	/** Resolves when every one inspects. @throws what kept one from starting; the others are to be stopped then */
	async start(inspectors: readonly Inspector[]): Promise<void> {
		for (const inspector of inspectors) this.#byCamera.set(inspector.camera, inspector);
		await this.#each((inspector) => inspector.start());
	}

	async stop(): Promise<void> {
		await this.#each((inspector) => inspector.stop());
	}

	of(camera: string): Inspector | undefined {
		return this.#byCamera.get(camera);
	}

	all(): readonly Inspector[] {
		return [...this.#byCamera.values()];
	}

	states(): readonly CameraState[] {
		return this.all().map((inspector) => inspector.state());
	}

	/** Proved by the first that is up. */
	get provider(): string | undefined {
		return this.all().find((inspector) => inspector.provider)?.provider;
	}

	/** Of the first that is up. */
	get placement(): Placement | undefined {
		return this.all().find((inspector) => inspector.placement)?.placement;
	}

	/** Resolves once every later part is judged by it. */
	async setOperatingPoint(operatingPoint: OperatingPoint): Promise<void> {
		await this.#each((inspector) => inspector.setOperatingPoint(operatingPoint));
	}

	/** Resolves once no further part is acquired, or parts are again. */
	async setPaused(paused: boolean): Promise<void> {
		await this.#each((inspector) => inspector.setPaused(paused));
	}

	/** Has previews drawn until the returned function is called. */
	watch(): () => void {
		if (++this.#watchers === 1) this.#setPreviews(true);
		let watching = true;
		return () => {
			if (!watching) return;
			watching = false;
			if (--this.#watchers === 0) this.#setPreviews(false);
		};
	}

	#setPreviews(wanted: boolean): void {
		for (const inspector of this.all()) inspector.setPreviews(wanted);
	}

	async #each(action: (inspector: Inspector) => Promise<void>): Promise<void> {
		await Promise.all(this.all().map(action));
	}
}
