/** How a model that others exported takes images: type, axes, size, and what was done to the pixels in its training. */
import { AndonError } from '../../base/errors.ts';
import type { Graph, Value } from '../../graph/graph.ts';
import { Tensor } from '../../inference/model.ts';
import type { ImageSize } from '../parse-image-size.ts';

/** x = (byte / scale − mean) / std, channel by channel; uint8 inputs take the bytes as they are. */
export interface Normalization {
	/** 255 brings bytes to [0,1]. */
	readonly scale: number;
	/** One number for all channels, or one a channel. */
	readonly mean: readonly number[];
	readonly std: readonly number[];
}

export interface ImageInput extends ImageSize {
	readonly name: string;
	readonly type: 'float32' | 'uint8';
	readonly channels: 1 | 3;
	/** Channels are the last axis. */
	readonly last: boolean;
	/** Images of one run. */
	readonly batch: number;
}

/**
 * @param size of models that leave theirs open
 * @throws MODEL_UNSUPPORTED when the model does not take images, USAGE when their size is open or another one
 */
export function imageInput(graph: Graph, size?: ImageSize): ImageInput {
	const input = onlyInput(graph);
	const shape = input.shape ?? [];
	const isChannels = (d: unknown) => d === 1 || d === 3;
	const last = !isChannels(shape[1]) && isChannels(shape[3]);
	const channels = last ? shape[3] : shape[1];
	if (shape.length !== 4 || !isChannels(channels) || (input.type !== 'float32' && input.type !== 'uint8'))
		throw unsupported([input]);
	const [height, width] = (last ? [1, 2] : [2, 3]).map((axis) => shape[axis]);
	return {
		name: input.name,
		type: input.type,
		channels: channels as 1 | 3,
		last,
		batch: typeof shape[0] === 'number' ? shape[0] : 1,
		...settled({ width, height }, size),
	};
}

/** The one input that is fed. @throws MODEL_UNSUPPORTED when there are more */
export function onlyInput({ inputs, initializers }: Graph): Value {
	const fed = inputs.filter(({ name }) => !initializers.has(name));
	if (fed.length !== 1) throw unsupported(fed);
	return fed[0];
}

/** A batch of images, uint8[height,width,channels] each, as the model takes it. */
export function imagesTensor(input: ImageInput, images: readonly Uint8Array[], how: Normalization): Tensor {
	const { width, height, channels, last, type } = input;
	const area = width * height;
	const dims = last ? [images.length, height, width, channels] : [images.length, channels, height, width];
	const data =
		type === 'uint8'
			? new Uint8Array(images.length * area * channels)
			: new Float32Array(images.length * area * channels);
	const tables = Array.from({ length: channels }, (_, c) => (type === 'uint8' ? undefined : tableOf(how, c)));
	for (const [n, image] of images.entries())
		for (let pixel = 0; pixel < area; pixel++)
			for (let c = 0; c < channels; c++) {
				const byte = image[pixel * channels + c];
				const place = last ? pixel * channels + c : c * area + pixel;
				data[n * area * channels + place] = tables[c]?.[byte] ?? byte;
			}
	return type === 'uint8'
		? new Tensor('uint8', data as Uint8Array, dims)
		: new Tensor('float32', data as Float32Array, dims);
}

/** What each byte becomes in a channel. */
function tableOf({ scale, mean, std }: Normalization, channel: number): Float32Array {
	const at = (list: readonly number[]) => list[list.length === 1 ? 0 : channel];
	return Float32Array.from({ length: 256 }, (_, byte) => (byte / scale - at(mean)) / at(std));
}

function settled(stated: Record<'width' | 'height', number | string>, size: ImageSize | undefined): ImageSize {
	const settle = (axis: 'width' | 'height') => (typeof stated[axis] === 'number' ? stated[axis] : size?.[axis]);
	const [width, height] = [settle('width'), settle('height')];
	if (width !== undefined && height !== undefined && (!size || (size.width === width && size.height === height)))
		return { width, height };
	throw new AndonError('USAGE', {
		expected: size
			? `images of ${stated.width}×${stated.height}, as the model states`
			: 'the size of the images, which the model leaves open',
		found: size ? `--size ${size.width}x${size.height}` : 'no --size',
		fix: size ? 'Leave --size out.' : 'Give --size, such as --size 224 or --size 320x240.',
	});
}

function unsupported(fed: readonly Value[]): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', {
		expected: 'a model with one input of images: float32 or uint8, [N, 1 or 3, H, W] or [N, H, W, 1 or 3]',
		found: fed.map(({ name, type, shape }) => `${name} ${type} [${shape ?? '?'}]`).join(', ') || 'no input',
		fix: 'Give its inputs as .npy files instead of images, or export it with one input.',
	});
}
