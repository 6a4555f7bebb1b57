/** Opens a bundle's explainer: where a classifier sees a defect. Slower than the model itself, and never part of a decision. */
import { AndonError } from '../base/errors.ts';
import type { InspectorSource } from './inspector-model.ts';
import { openModel, Tensor } from './model.ts';

export interface Explainer {
	/**
	 * @param pixels uint8[height,width,channels] of the model's own input size; not copied
	 * @returns float32[height,width] in [0,1], the highest value 1, or all 0 where nothing speaks for a defect
	 * @throws MODEL_FAILED
	 */
	explain(pixels: Uint8Array): Promise<Float32Array>;
	close(): Promise<void>;
}

/** Always on the CPU, on one thread: it must not take a GPU from the decisions. @throws what `openModel` throws */
export async function openExplainer({ bytes, input }: InspectorSource): Promise<Explainer> {
	const { width, height, channels } = input;
	const model = await openModel(bytes, { threads: 1, spinning: false });
	return {
		async explain(pixels) {
			const { heat_map } = await model.run({ image: new Tensor('uint8', pixels, [1, height, width, channels]) });
			const heat = heat_map?.data as Float32Array | undefined;
			if (heat?.length === width * height && heat.every((value) => value >= 0 && value <= 1 + 1e-6)) return heat;
			throw new AndonError('MODEL_FAILED', {
				expected: `${width * height} heat values between 0 and 1`,
				found: heat ? `${heat.length} values, or others` : `outputs ${model.outputNames.join(', ')}`,
				fix: 'Export the bundle again.',
			});
		},
		close: () => model.close(),
	};
}
