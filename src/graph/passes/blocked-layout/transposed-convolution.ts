/** Transposed convolutions, and input gradients of strided ones, in blocks: a convolution for each phase of the output. */
import { stringOf } from '../../attributes.ts';
import type { Node } from '../../graph.ts';
import { type ConvolutionShape, convolutionOf } from '../../ops/conv-input-gradient.ts';
import type { BlockedWriter } from './blocked-writer.ts';
import { gradientFilters } from './filters.ts';
import type { BlockedRule } from './rules.ts';
import { interleaved, spreadApart } from './spread.ts';

export const transposedConvolution: BlockedRule = (writer, node) => {
	const [, weight, bias] = node.inputs;
	const plain = stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET' && !node.attributes.output_shape;
	const shape = convolutionOf(node, writer.shape(weight)!.slice(2));
	if (!plain || shape.group !== 1 || shape.dilations.some((d) => d !== 1)) return false;
	return stridedScatter(writer, node, shape, bias);
};

/** Every s-th row (or column) of the output, and the taps of the kernel that reach it. */
interface Phase {
	/** First tap; the others follow at distances of s. */
	readonly first: number;
	readonly taps: number;
	/** Padding of the input in front and behind. */
	readonly before: number;
	readonly after: number;
}

/**
 * y[s·q + r] = Σ_d x[q−d]·W[s·d + r + p]: an ordinary convolution for each remainder r, with the taps k ≡ r + p mod s.
 * Inputs x [N,I,…] and W [I,O,kh,kw]. Phases that see the same window are computed at once.
 */
export function stridedScatter(writer: BlockedWriter, node: Node, shape: ConvolutionShape, bias?: string): boolean {
	const [x] = node.inputs;
	const [output] = node.outputs;
	if (!writer.fits(x) || !writer.fits(output)) return false;
	const size = writer.shape(output)!;
	const [rows, columns] = [0, 1].map((axis) => phasesOf(writer.shape(x)!, size, shape, axis));
	const all = [...rows, ...columns];
	if (!bias && isPoint(shape) && all[0].after === 0 && columns[0].after === 0) {
		const points = convolve(writer, node, [rows[0]], [columns[0]], shape.strides);
		writer.put(output, spreadApart(writer, points, size, shape.strides));
		return true;
	}
	if (all.some(({ taps, before, after }) => taps < 1 || before < 0 || after < 0)) return false;
	const alike = [rows, columns].every(([first, ...others]) => others.every((phase) => isSameWindow(first, phase)));
	const phases = alike
		? convolve(writer, node, rows, columns, shape.strides, bias)
		: rows.map((row) => columns.map((column) => convolve(writer, node, [row], [column], shape.strides, bias)));
	writer.put(output, interleaved(writer, phases, size, shape.strides));
	return true;
}

/** A 1×1 kernel without padding reaches only one phase: the others are zeros. */
function isPoint({ kernel, begins }: ConvolutionShape): boolean {
	return [...kernel, ...begins].join() === '1,1,0,0';
}

/** d runs from −⌊(r + p)/s⌋ to ⌊(k − 1 − r − p)/s⌋. */
function phasesOf(
	from: readonly number[],
	to: readonly number[],
	{ kernel, strides, begins }: ConvolutionShape,
	axis: number,
): readonly Phase[] {
	const [s, p] = [strides[axis], begins[axis]];
	const wanted = Math.ceil(to[axis + 2] / s);
	return Array.from({ length: s }, (_, r) => {
		const low = -Math.floor((r + p) / s);
		const high = Math.floor((kernel[axis] - 1 - r - p) / s);
		return { first: s * low + r + p, taps: high - low + 1, before: high, after: wanted - from[axis + 2] - low };
	});
}

function isSameWindow(a: Phase, b: Phase): boolean {
	return a.taps === b.taps && a.before === b.before && a.after === b.after;
}

/** The convolution of phases that see one window: [N, (row, column, O), H, W]. */
function convolve(
	writer: BlockedWriter,
	node: Node,
	rows: readonly Phase[],
	columns: readonly Phase[],
	strides: readonly number[],
	bias?: string,
): string {
	const { g } = writer;
	const [x, weight] = node.inputs;
	const pairs = rows.flatMap((row) => columns.map((column) => [row, column] as const));
	const filters = pairs.map((pair) => gradientFilters(writer, tapsOf(writer, weight, pair, strides), true));
	const shifts = bias ? pairs.map(() => writer.paddedVector(bias)) : [];
	const joined = (parts: readonly string[]) => (parts.length === 1 ? parts[0] : g.concat(parts, 0));
	const [row, column] = pairs[0];
	return writer.op('Conv', [writer.blocked(x), joined(filters), ...(bias ? [joined(shifts)] : [])], {
		kernel_shape: [row.taps, column.taps],
		strides: [1, 1],
		dilations: [1, 1],
		pads: [row.before, column.before, row.after, column.after],
		group: 1,
	});
}

/** The taps of one phase, W[:, :, first, first + s, …]. */
function tapsOf(
	writer: BlockedWriter,
	weight: string,
	phases: readonly [Phase, Phase],
	strides: readonly number[],
): string {
	const source = writer.plain(weight);
	const kernel = writer.shape(weight)!.slice(2);
	if (phases.every(({ taps }, axis) => taps === kernel[axis])) return source;
	const starts = phases.map(({ first }) => first);
	const ends = phases.map(({ first, taps }, axis) => first + (taps - 1) * strides[axis] + 1);
	return writer.g.slice(source, [2, 3], starts, ends, strides);
}
