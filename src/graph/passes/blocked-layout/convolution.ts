/** Convolutions and their input gradients, in blocks. */
import { intOf } from '../../attributes.ts';
import type { Node } from '../../graph.ts';
import { attributesOf, type ConvolutionShape, convolutionOf } from '../../ops/conv-input-gradient.ts';
import { slidingWindow } from '../../ops/window.ts';
import type { BlockedWriter } from './blocked-writer.ts';
import { depthwiseFilters, filtersFor, gradientFilters } from './filters.ts';
import type { BlockedRule } from './rules.ts';
import { spreadApart } from './spread.ts';
import { stridedScatter } from './transposed-convolution.ts';

export const convolution: BlockedRule = (writer, node) => {
	const [x, weight, bias] = node.inputs;
	const [output] = node.outputs;
	if (!writer.fits(output) || writer.shape(x)?.length !== 4) return false;
	const kernel = writer.shape(weight)!.slice(2);
	const window = slidingWindow(node, kernel, writer.shape(x)!.slice(2));
	const shape = { ...window, group: intOf(node, 'group', 1) };
	const blocked = isDepthwise(writer, x, output, shape.group)
		? depthwise(writer, x, depthwiseFilters(writer, weight, false), shape, bias)
		: shape.group === 1 && dense(writer, x, weight, shape, bias);
	if (!blocked) return false;
	writer.put(output, blocked);
	return true;
};

export const convolutionInputGradient: BlockedRule = (writer, node) => {
	const [dy, weight] = node.inputs;
	const [output] = node.outputs;
	if (!writer.fits(output) || writer.shape(dy)?.length !== 4) return false;
	const shape = convolutionOf(node, writer.shape(weight)!.slice(2));
	if (isDepthwise(writer, dy, output, shape.group)) return depthwiseInputGradient(writer, node, shape);
	if (shape.group !== 1 || shape.dilations.some((d) => d !== 1)) return false;
	if (shape.strides.some((stride) => stride !== 1)) return stridedScatter(writer, node, shape);
	const pads = gradientPads(writer.shape(dy)!, writer.shape(output)!, shape);
	const source = imageFor(writer, dy);
	if (!pads || !source) return false;
	const filters = gradientFilters(writer, writer.plain(weight), writer.isBlocked(dy));
	writer.put(output, writer.op('Conv', [source, filters], { ...attributesOf({ ...shape, ...pads }) }));
	return true;
};

function isDepthwise(writer: BlockedWriter, x: string, y: string, group: number): boolean {
	return group > 1 && writer.shape(x)![1] === group && writer.shape(y)![1] === group;
}

function dense(
	writer: BlockedWriter,
	x: string,
	weight: string,
	shape: ConvolutionShape,
	bias?: string,
): string | undefined {
	const source = imageFor(writer, x);
	if (!source) return undefined;
	const filters = filtersFor(writer, weight, writer.isBlocked(x));
	const inputs = [source, filters, ...(bias ? [writer.paddedVector(bias)] : [])];
	return writer.op('Conv', inputs, attributesOf(shape));
}

/** What a convolution reads: fewer channels than one block stay in NCHW, for which there is a kernel as well. */
function imageFor(writer: BlockedWriter, name: string): string | undefined {
	if (writer.isBlocked(name)) return writer.blocked(name);
	if (writer.shape(name)![1] < writer.block && !writer.fits(name)) return writer.plain(name);
	return writer.fits(name) ? writer.blocked(name) : undefined;
}

function depthwise(
	writer: BlockedWriter,
	x: string,
	filters: string,
	shape: ConvolutionShape,
	bias?: string,
): string | undefined {
	if (!writer.fits(x)) return undefined;
	const inputs = [writer.blocked(x), filters, ...(bias ? [writer.paddedVector(bias)] : [])];
	return writer.op('Conv', inputs, attributesOf({ ...shape, group: writer.padded(shape.group) }));
}

/** A stride spreads dY with zeros in between; then the gradient is the depthwise convolution with flipped kernels. */
function depthwiseInputGradient(writer: BlockedWriter, node: Node, shape: ConvolutionShape): boolean {
	const [dy, weight] = node.inputs;
	const [output] = node.outputs;
	const [n, channels, height, width] = writer.shape(dy)!;
	const [down, across] = shape.strides;
	const spread = [n, writer.padded(channels), height * down, width * across];
	const pads = gradientPads(spread, writer.shape(output)!, shape);
	if (!pads || shape.dilations.some((d) => d !== 1) || !writer.fits(dy)) return false;
	const source = spreadApart(writer, writer.blocked(dy), spread, shape.strides);
	const attributes = attributesOf({ ...shape, ...pads, strides: [1, 1], group: spread[1] });
	writer.put(output, writer.op('Conv', [source, depthwiseFilters(writer, weight, true)], attributes));
	return true;
}

/** Padding with which a convolution of stride 1 over dY gives dX; undefined when it would have to crop. */
function gradientPads(dy: readonly number[], dx: readonly number[], { kernel, begins, dilations }: ConvolutionShape) {
	const reach = kernel.map((k, axis) => (k - 1) * dilations[axis]);
	const before = reach.map((r, axis) => r - begins[axis]);
	const after = reach.map((r, axis) => dx[axis + 2] - (dy[axis + 2] + before[axis] - r));
	return [...before, ...after].every((p) => p >= 0) ? { begins: before, ends: after } : undefined;
}
