/** Transposed convolutions, and input gradients of strided ones, in blocks: every phase of the output at once, then spread. */
import { stringOf } from '../../attributes.ts';
import type { Node } from '../../graph.ts';
import { type ConvolutionShape, convolutionOf } from '../../ops/conv-input-gradient.ts';
import type { BlockedWriter } from './blocked-writer.ts';
import type { BlockedRule } from './rules.ts';

export const transposedConvolution: BlockedRule = (writer, node) => {
	const [, weight, bias] = node.inputs;
	const plain = stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET' && !node.attributes.output_shape;
	const shape = convolutionOf(node, writer.shape(weight)!.slice(2));
	if (!plain || shape.group !== 1 || shape.dilations.some((d) => d !== 1)) return false;
	return spreadPhases(writer, node, shape, bias);
};

/**
 * y[s·q + r] = Σ_d x[q−d]·W[s·d + r + p]: an ordinary convolution for each remainder r, all of them in one with s·s times
 * the channels. Inputs x [N,I,…] and W [I,O,kh,kw]; taps outside the kernel are zeros.
 */
export function spreadPhases(writer: BlockedWriter, node: Node, shape: ConvolutionShape, bias?: string): boolean {
	const { g } = writer;
	const [x, weight] = node.inputs;
	const [output] = node.outputs;
	if (!writer.fits(x) || !writer.fits(output)) return false;
	const steps = [0, 1].map((axis) => phaseSteps(writer, x, output, shape, axis));
	if (steps.some(({ after }) => after < 0)) return false;
	const [down, across] = shape.strides;
	const filters = phaseFilters(writer, weight, shape, steps);
	const inputs = [writer.blocked(x), filters];
	if (bias) inputs.push(g.concat(new Array(down * across).fill(writer.paddedVector(bias)), 0));
	const phases = writer.op('Conv', inputs, {
		kernel_shape: steps.map(({ taps }) => taps),
		strides: [1, 1],
		dilations: [1, 1],
		pads: [...steps.map(({ before }) => before), ...steps.map(({ after }) => after)],
		group: 1,
	});
	writer.put(output, spread(writer, phases, writer.shape(output)!, shape.strides));
	return true;
}

interface PhaseSteps {
	/** Taps of one phase's kernel. */
	readonly taps: number;
	/** Padding of the input in front and behind. */
	readonly before: number;
	readonly after: number;
	/** Zeros in front of the kernel, so that its taps fall into whole strides. */
	readonly lead: number;
}

/** d runs from ⌈(1 − s − p)/s⌉ to ⌊(k − 1 − p)/s⌋. */
function phaseSteps(
	writer: BlockedWriter,
	x: string,
	output: string,
	{ kernel, strides, begins }: ConvolutionShape,
	axis: number,
): PhaseSteps {
	const [s, p] = [strides[axis], begins[axis]];
	const low = -Math.floor((s - 1 + p) / s);
	const high = Math.max(low, Math.floor((kernel[axis] - 1 - p) / s));
	const wanted = Math.ceil(writer.shape(output)![axis + 2] / s);
	return {
		taps: high - low + 1,
		before: Math.max(0, high),
		after: high < 0 ? -1 : wanted - writer.shape(x)![axis + 2] - low,
		lead: -(s * low + p),
	};
}

/** W [I,O,kh,kw] as filters of s·s·O outputs, one phase after another, taps backwards. */
function phaseFilters(
	writer: BlockedWriter,
	weight: string,
	{ strides, kernel }: ConvolutionShape,
	steps: readonly PhaseSteps[],
): string {
	const { g, block } = writer;
	const [i, o] = writer.shape(weight)!;
	const [inputs, outputs] = [writer.padded(i), writer.padded(o)];
	const leads = steps.map(({ lead }) => lead);
	const tails = steps.map(({ taps, lead }, axis) => taps * strides[axis] - lead - kernel[axis]);
	const whole = g.pad(writer.plain(weight), [0, 0, ...leads, inputs - i, outputs - o, ...tails]);
	const [down, across] = steps.map(({ taps }) => taps);
	const split = g.reshape(whole, [inputs / block, block, outputs / block, block, down, strides[0], across, strides[1]]);
	const axes = [...(down > 1 ? [4] : []), ...(across > 1 ? [6] : [])];
	const each = (value: number) => axes.map(() => value);
	const flipped = axes.length > 0 ? g.slice(split, axes, each(-1), each(-(2 ** 31)), each(-1)) : split;
	const filters = g.transpose(flipped, [5, 7, 2, 0, 4, 6, 1, 3]);
	return g.reshape(filters, [strides[0] * strides[1] * outputs, inputs, down, across]);
}

/** [N, (row, column, O), H, W] → [N, O, H·row, W·column], cut to the output's size. */
function spread(writer: BlockedWriter, phases: string, size: readonly number[], strides: readonly number[]): string {
	const { g, block } = writer;
	const [n, , height, width] = g.shape(phases);
	const [, channels, tall, wide] = size;
	const blocks = writer.padded(channels) / block;
	const apart = g.reshape(phases, [n, strides[0], strides[1], blocks, height, width, block]);
	const rows = height * strides[0];
	const columns = width * strides[1];
	const full = g.reshape(g.transpose(apart, [0, 3, 4, 1, 5, 2, 6]), [n, blocks, rows, columns * block]);
	const cut = g.pad(full, [0, 0, 0, 0, 0, 0, tall - rows, (wide - columns) * block]);
	return g.reshape(cut, [n, blocks * block, tall, wide]);
}
