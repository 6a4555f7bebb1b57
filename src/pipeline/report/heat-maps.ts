/** Heat maps of a bundle's models: the mask where there is one, else the class activation of the float model. */
import { AndonError } from '../../base/errors.ts';
import { decodeModel, encodeModel } from '../../graph/codec/codec.ts';
import { openModel, Tensor } from '../../inference/model.ts';
import { classActivation } from '../../networks/class-activation.ts';

export interface Size {
	readonly width: number;
	readonly height: number;
	readonly channels: 1 | 3;
}

export interface ActivationMap {
	/**
	 * Where the features speak for a class, float32[height,width] of the image's size, scaled to a maximum of 1 (all zero when
	 * nothing speaks for it).
	 *
	 * @param pixels uint8[height,width,channels]; @param label which logit to explain, 0 for a sigmoid head
	 */
	of(pixels: Uint8Array, label: number): Promise<Float32Array>;
	close(): Promise<void>;
}

/** @param float a deployed float model, or what `classifierGraph` made. @returns why there is none, where the model cannot be explained */
export async function openActivationMap(
	float: Uint8Array,
	size: Size,
): Promise<ActivationMap | { readonly missing: string }> {
	const { width, height, channels } = size;
	let bytes: Uint8Array;
	try {
		bytes = encodeModel(classActivation(decodeModel(float)));
	} catch (error) {
		if (!(error instanceof AndonError) || error.code !== 'MODEL_UNSUPPORTED') throw error;
		return { missing: error.facts.found };
	}
	const model = await openModel(bytes, { threads: 1 });
	const { inputs } = decodeModel(bytes);
	const classes = inputs.find(({ name }) => name === 'explained')!.shape![1] as number;
	const image = inputs.find(({ name }) => name !== 'explained')!.name;
	return {
		async of(pixels, label) {
			const explained = Float32Array.from({ length: classes }, (_, i) => (i === label ? 1 : 0));
			const { heat } = await model.run({
				[image]: new Tensor('uint8', pixels, [1, height, width, channels]),
				explained: new Tensor('float32', explained, [1, classes]),
			});
			const [, rows, columns] = heat.dims;
			return enlarge(scaled(heat.data as Float32Array), { width: columns, height: rows }, size);
		},
		close: () => model.close(),
	};
}

function scaled(heat: Float32Array): Float32Array {
	const most = heat.reduce((a, b) => Math.max(a, b), 0);
	return most > 0 ? heat.map((value) => value / most) : heat;
}

/** Bilinear, pixel centres on pixel centres, edges held. */
function enlarge(from: Float32Array, small: Omit<Size, 'channels'>, large: Omit<Size, 'channels'>): Float32Array {
	const to = new Float32Array(large.width * large.height);
	const along = (place: number, of: number, into: number) =>
		Math.min(of - 1, Math.max(0, ((place + 0.5) * of) / into - 0.5));
	for (let y = 0, i = 0; y < large.height; y++) {
		const v = along(y, small.height, large.height);
		const [top, bottom] = [Math.floor(v), Math.ceil(v)];
		for (let x = 0; x < large.width; x++) {
			const u = along(x, small.width, large.width);
			const [left, right] = [Math.floor(u), Math.ceil(u)];
			const row = (y: number) =>
				from[y * small.width + left] * (1 - u + left) + from[y * small.width + right] * (u - left);
			to[i++] = row(top) * (1 - v + top) + row(bottom) * (v - top);
		}
	}
	return to;
}
