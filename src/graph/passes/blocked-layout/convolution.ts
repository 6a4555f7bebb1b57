/** Convolutions and their input gradients, in blocks. */
import { intOf } from '../../attributes.ts';
import type { Node } from '../../graph.ts';
import { attributesOf, type ConvolutionShape, convolutionOf } from '../../ops/conv-input-gradient.ts';
import { slidingWindow } from '../../ops/window.ts';
import type { BlockedWriter } from './blocked-writer.ts';
import { depthwiseFilters, filtersFor, gradientFilters, weightPart } from './filters.ts';
import type { BlockedRule } from './rules.ts';
import { spreadApart } from './spread.ts';
import { stridedScatter } from './transposed-convolution.ts';

export const convolution: BlockedRule = (writer, node) => {
	const [x, weight, bias] = node.inputs;
	const [output] = node.outputs;
	if (!writer.fits(output) || writer.shape(x)?.length !== 4) return false;
	const window = slidingWindow(node, writer.shape(weight)!.slice(2), writer.shape(x)!.slice(2));
	const shape = { ...window, group: intOf(node, 'group', 1) };
	if (isDepthwise(writer, x, output, shape.group)) return depthwise(writer, node, shape);
	if (shape.group !== 1 || !isReadable(writer, x)) return false;
	const pieces = writer.cutsOf(output).map((cut) => {
		const rows = weightPart(writer, writer.plain(weight), 0, cut);
		const shift = bias && paddedPart(writer, bias, cut);
		return sumOverParts(writer, x, shape, shift, (range, blocked) =>
			filtersFor(writer, weightPart(writer, rows, 1, range), blocked),
		);
	});
	writer.putCuts(output, pieces);
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
	if (!pads || !isReadable(writer, dy)) return false;
	const pieces = writer.cutsOf(output).map((cut) => {
		const columns = weightPart(writer, writer.plain(weight), 1, cut);
		return sumOverParts(writer, dy, { ...shape, ...pads }, undefined, (range, blocked) =>
			gradientFilters(writer, weightPart(writer, columns, 0, range), blocked),
		);
	});
	writer.putCuts(output, pieces);
	return true;
};

/** A convolution of a value that may lie in parts: each adds to what the one before it gave. */
export function sumOverParts(
	writer: BlockedWriter,
	x: string,
	shape: ConvolutionShape,
	bias: string | undefined,
	filters: (range: { readonly begin: number; readonly end: number }, blocked: boolean) => string,
): string {
	let sum: string | undefined;
	for (const { part, ...range } of writer.rangesOf(x)) {
		const source = imageFor(writer, part);
		const inputs = [source, filters(range, writer.isBlocked(part))];
		if (sum) inputs.push('', sum);
		else if (bias) inputs.push(bias);
		sum = writer.op('Conv', inputs, attributesOf(shape));
	}
	return sum!;
}

function isDepthwise(writer: BlockedWriter, x: string, y: string, group: number): boolean {
	return group > 1 && writer.shape(x)![1] === group && writer.shape(y)![1] === group;
}

/** Fewer channels than one block stay in NCHW, for which there is a kernel as well. */
function isReadable(writer: BlockedWriter, name: string): boolean {
	return writer.isBlocked(name) || writer.fits(name) || writer.shape(name)![1] < writer.block;
}

function imageFor(writer: BlockedWriter, name: string): string {
	return writer.isBlocked(name) || writer.fits(name) ? writer.blocked(name) : writer.plain(name);
}

/** A range of a bias, filled up with zeros to whole blocks. */
function paddedPart(
	writer: BlockedWriter,
	bias: string,
	cut: { readonly begin: number; readonly end: number },
): string {
	const part = weightPart(writer, writer.plain(bias), 0, cut);
	const channels = cut.end - cut.begin;
	return writer.g.pad(part, [0, writer.padded(channels) - channels]);
}

function depthwise(writer: BlockedWriter, node: Node, shape: ConvolutionShape): boolean {
	const [x, weight, bias] = node.inputs;
	if (!writer.fits(x)) return false;
	const inputs = [writer.blocked(x), depthwiseFilters(writer, weight, false)];
	if (bias) inputs.push(writer.paddedVector(bias));
	const attributes = attributesOf({ ...shape, group: writer.padded(shape.group) });
	writer.put(node.outputs[0], writer.op('Conv', inputs, attributes));
	return true;
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
