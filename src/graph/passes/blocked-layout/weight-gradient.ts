/**
 * Weight gradients in blocks, as convolutions whose kernels are gradients as large as the map: the kernel for images
 * with few channels reads [H, W·C], and one step of a dilated window along W passes over all of a pixel's channels.
 */
import { intsOf } from '../../attributes.ts';
import { float32, int64 } from '../../graph.ts';
import { type ConvolutionShape, convolutionOf } from '../../ops/conv-input-gradient.ts';
import type { BlockedWriter } from './blocked-writer.ts';
import { backwards } from './filters.ts';
import type { BlockedRule } from './rules.ts';

/** Kernels up to this many bytes stay in a core's second cache while all outputs are computed. */
const CACHED_BYTES = 256 * 1024;
/** Blocks of filters that the kernel handles at once. */
const BLOCKS_AT_ONCE = 4;

export const convolutionWeightGradient: BlockedRule = (writer, node) => {
	const [x, dy] = node.inputs;
	const shape = convolutionOf(node, intsOf(node, 'kernel_shape', []));
	if (!writer.shape(x) || !writer.shape(dy) || shape.dilations.some((d) => d !== 1)) return false;
	const [channels, filters] = [writer.shape(x)![1], writer.shape(dy)![1]];
	const written =
		shape.group === 1
			? inParts(writer, x, dy, shape)
			: shape.group === channels && filters === channels && depthwise(writer, x, dy, shape);
	if (!written) return false;
	writer.putPlain(node.outputs[0], written);
	return true;
};

/** Each part of x with each part of dY. */
function inParts(writer: BlockedWriter, x: string, dy: string, shape: ConvolutionShape): string | undefined {
	const rows = writer.partsOf(dy).map((filters) => {
		const columns = writer.partsOf(x).map((part) => dense(writer, part, filters, shape));
		return joined(writer, columns, 1);
	});
	return joined(writer, rows, 0);
}

function joined({ g }: BlockedWriter, parts: readonly (string | undefined)[], axis: number): string | undefined {
	if (!parts.every((part) => part !== undefined)) return undefined;
	return parts.length === 1 ? parts[0] : g.concat(parts, axis);
}

/** The side with more channels becomes the kernel. With stride 1 that may be x: then the taps come out backwards. */
function dense(writer: BlockedWriter, x: string, dy: string, shape: ConvolutionShape): string | undefined {
	const [[, channels], [, filters]] = [writer.shape(x)!, writer.shape(dy)!];
	const swappable = shape.strides.every((s) => s === 1) && writer.fits(x);
	if (swappable && (channels > filters || !writer.fits(dy))) return swapped(writer, x, dy, shape);
	return writer.fits(dy) ? straight(writer, x, dy, shape) : undefined;
}

/** Kernel dY, image x: [Co/b, kh, kw, Ci, b] → [Co, Ci, kh, kw]. */
function straight(writer: BlockedWriter, x: string, dy: string, shape: ConvolutionShape): string | undefined {
	const { g, block } = writer;
	const [kh, kw] = shape.kernel;
	const [channels, filters] = [writer.shape(x)![1], writer.shape(dy)![1]];
	const sums = correlate(writer, dy, x, shape, shape.begins);
	if (!sums) return undefined;
	const taps = kh * kw;
	const ordered = taps > 1 ? g.transpose(g.reshape(sums, [-1, taps, channels, block]), [0, 2, 1, 3]) : sums;
	const blocks = writer.padded(filters) / block;
	const plain = writer.op('ReorderOutput', [g.reshape(ordered, [blocks, block, channels, taps])], { channels: block });
	const all = g.reshape(plain, [blocks * block, channels, kh, kw]);
	return blocks * block === filters ? all : g.slice(all, [0], [0], [filters]);
}

/** Kernel x, image dY: [Ci/b, kh, kw backwards, Co, b] → [Co, Ci, kh, kw]. */
function swapped(writer: BlockedWriter, x: string, dy: string, shape: ConvolutionShape): string | undefined {
	const { g, block } = writer;
	const [kh, kw] = shape.kernel;
	const [channels, filters] = [writer.shape(x)![1], writer.shape(dy)![1]];
	const begins = shape.kernel.map((k, axis) => k - 1 - shape.begins[axis]);
	const sums = correlate(writer, x, dy, shape, begins);
	if (!sums) return undefined;
	const taps = kh * kw;
	const blocks = writer.padded(channels) / block;
	const apart = g.transpose(g.reshape(sums, [blocks, taps, filters, block]), [2, 0, 1, 3]);
	const forwards = backwards(writer, apart, taps);
	const flat = g.reshape(forwards, [filters * blocks, block, taps, 1]);
	const plain = writer.op('ReorderOutput', [flat], { channels: block });
	const all = g.reshape(plain, [filters, blocks * block, kh, kw]);
	return blocks * block === channels ? all : g.slice(all, [1], [0], [channels]);
}

/**
 * Σ kernel[n,f,h,w] · image[n,c, h·s + i − begin, w·s + j − begin] over n, h, w for all taps (i, j): [F/b, kh, kw·C, b].
 * Images are groups of their own, cut into bands of rows whose part of the kernel stays in the cache; small images share
 * a group, which sums over them.
 */
function correlate(
	writer: BlockedWriter,
	kernel: string,
	image: string,
	{ kernel: [kh, kw], strides: [down, across] }: ConvolutionShape,
	[top, left]: readonly number[],
): string | undefined {
	const { g, block } = writer;
	const [n, filters, rows, columns] = writer.shape(kernel)!;
	const [, channels, height, width] = writer.shape(image)!;
	const padded = writer.padded(filters);
	const lanes = Math.min(padded, BLOCKS_AT_ONCE * block);
	const band = bandRows(writer, n, rows, columns * lanes);
	if (!band) return undefined;
	const tall = (rows - 1) * down + kh;
	const wide = (columns - 1) * across + kw;
	const full = paddedChannelsLast(writer, image, [top, left, tall - height - top, wide - width - left]);
	const source = bands(writer, full, { n, count: rows / band, step: band * down, rows: (band - 1) * down + kh });
	const together = band === rows ? imagesTogether(writer, n, band * columns * lanes) : 1;
	const groups = (n * rows) / (band * together);
	const apart = g.reshape(writer.blocked(kernel), [
		n / together,
		together,
		padded / block,
		rows / band,
		band * columns * block,
	]);
	const ordered = padded === block || (together === 1 && band === rows);
	const kernels = ordered ? apart : g.transpose(apart, [0, 3, 2, 1, 4]);
	const sums = writer.op('Conv', [source, g.reshape(kernels, [groups * padded, together, band, columns])], {
		kernel_shape: [band, columns],
		strides: [1, 1],
		dilations: [down, across * channels],
		pads: [0, 0, 0, 0],
		group: groups,
	});
	return groups === 1 ? sums : g.reduceSum(g.reshape(sums, [groups, padded / block, kh * kw * channels, block]), [0]);
}

/** An image as [N, H, W·C] with zeros around it, or cut where the padding is negative. */
function paddedChannelsLast(writer: BlockedWriter, image: string, pads: readonly number[]): string {
	const { g } = writer;
	const [n, channels, height, width] = writer.shape(image)!;
	const [top, left, bottom, right] = pads;
	const [tall, wide] = [top + height + bottom, left + width + right];
	if (!writer.isBlocked(image) || pads.some((p) => p < 0) || pads.every((p) => p === 0)) {
		const flat = g.reshape(writer.channelsLast(image), [n, height, width * channels]);
		return g.pad(flat, [0, top, left * channels, 0, bottom, right * channels]);
	}
	const around = paddedBlocks(writer, writer.blocked(image), pads);
	const last =
		channels === writer.block ? around : writer.op('ReorderOutput', [around], { channels, channels_last: 1 });
	return g.reshape(last, [n, tall, wide * channels]);
}

/** Zeros around a blocked map, by a depthwise convolution with ones: unlike `Pad` it works on all threads. */
function paddedBlocks(writer: BlockedWriter, x: string, pads: readonly number[]): string {
	const channels = writer.g.shape(x)[1];
	const ones = writer.g.constant(float32([channels, 1, 1, 1], new Float32Array(channels).fill(1)));
	return writer.op('Conv', [x, ones], {
		kernel_shape: [1, 1],
		strides: [1, 1],
		dilations: [1, 1],
		pads,
		group: channels,
	});
}

/** [N, H, L] as [1, N · count, rows, L]: bands that begin every `step` rows and may overlap. */
function bands(
	{ g }: BlockedWriter,
	image: string,
	{ n, count, step, rows }: { n: number; count: number; step: number; rows: number },
): string {
	const [, height, length] = g.shape(image);
	const groups = [1, n * count, rows, length];
	if (count === 1 || (rows === step && height === count * step)) return g.reshape(image, groups);
	const taken = Array.from({ length: n * count * rows }, (_, at) => {
		const [band, row] = [Math.floor(at / rows), at % rows];
		return Math.floor(band / count) * height + (band % count) * step + row;
	});
	const all = g.reshape(image, [n * height, length]);
	return g.reshape(g.op('Gather', [all, g.constant(int64([taken.length], taken))], { axis: 0 }), groups);
}

/**
 * Rows of a band: the most whose kernel fits into the cache. The groups are channels of the image, and ONNX Runtime wants
 * fewer of them than a block or whole blocks.
 */
function bandRows({ block }: BlockedWriter, n: number, rows: number, rowSize: number): number | undefined {
	const possible = Array.from({ length: rows }, (_, i) => rows - i).filter((band) => {
		const groups = (n * rows) / band;
		return rows % band === 0 && (groups < block || groups % block === 0);
	});
	return possible.find((band) => band * rowSize * 4 <= CACHED_BYTES) ?? possible.at(-1);
}

/** How many images one group can take as its channels: fewer than a block, and their kernels fit into the cache. */
function imagesTogether({ block }: BlockedWriter, n: number, kernelSize: number): number {
	let images = 1;
	for (let count = 2; count < block; count++)
		if (n % count === 0 && count * kernelSize * 4 <= CACHED_BYTES) images = count;
	return images;
}

/** Kernel dY and image x channel by channel: [N · C/b, kh, kw, b], summed over N. */
function depthwise(writer: BlockedWriter, x: string, dy: string, shape: ConvolutionShape): string | undefined {
	const { g, block } = writer;
	if (!writer.fits(x) || !writer.fits(dy)) return undefined;
	const [n, channels, height, width] = writer.shape(x)!;
	const [rows, columns] = writer.shape(dy)!.slice(2);
	const blocks = writer.padded(channels) / block;
	const [kh, kw] = shape.kernel;
	const [top, left] = shape.begins;
	const [tall, wide] = [(rows - 1) * shape.strides[0] + kh, (columns - 1) * shape.strides[1] + kw];
	const pads = [top, left, tall - height - top, wide - width - left];
	const flat = g.reshape(writer.blocked(x), [n * blocks, height, width * block]);
	const full = pads.some((p) => p < 0)
		? g.pad(flat, [0, top, left * block, 0, pads[2], pads[3] * block])
		: paddedBlocks(writer, writer.blocked(x), pads);
	const groups = n * blocks * block;
	const inputs = [g.reshape(full, [1, groups, tall, wide]), g.reshape(writer.blocked(dy), [groups, 1, rows, columns])];
	const products = writer.op('Conv', inputs, {
		kernel_shape: [rows, columns],
		strides: [1, 1],
		dilations: shape.strides,
		pads: [0, 0, 0, 0],
		group: groups,
	});
	const sums = g.reduceSum(g.reshape(products, [n, blocks, kh * kw, block]), [0]);
	const plain = writer.op('ReorderOutput', [g.reshape(sums, [blocks, block, kh, kw])], { channels: block });
	const all = g.reshape(plain, [blocks * block, 1, kh, kw]);
	return blocks * block === channels ? all : g.slice(all, [0], [0], [channels]);
}
