/** Transposed convolutions, and input gradients of strided ones, in blocks: a convolution for each phase of the output. */
import { stringOf } from '../../attributes.ts';
import type { Node } from '../../graph.ts';
import { type ConvolutionShape, convolutionOf } from '../../ops/conv-input-gradient.ts';
import type { BlockedWriter, Cut } from './blocked-writer.ts';
import { sumOverParts } from './convolution.ts';
import { gradientFilters, weightPart } from './filters.ts';
import type { BlockedRule } from './rules.ts';
import { interleaved, spreadApart, unpacked } from './spread.ts';

export const transposedConvolution: BlockedRule = (writer, node) => {
	const [, weight, bias] = node.inputs;
	const plain = stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET' && !node.attributes.output_shape;
	const shape = convolutionOf(node, writer.shape(weight)!.slice(2));
	if (!plain || shape.group !== 1 || shape.dilations.some((d) => d !== 1)) return false;
	return stridedScatter(writer, node, shape, bias) || packedScatter(writer, node, shape, bias);
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
	const [x, weight] = node.inputs;
	const [output] = node.outputs;
	if (!writer.fits(x) || !writer.fits(output)) return false;
	const size = writer.shape(output)!;
	const [rows, columns] = phasesOf(writer.shape(x)!, size, shape);
	const point = !bias && isPoint(shape) && [rows[0], columns[0]].every(({ after }) => after === 0);
	if (!point && ![...rows, ...columns].every(isPossible)) return false;
	const alike = [rows, columns].every(([first, ...others]) => others.every((phase) => isSameWindow(first, phase)));
	const pieces = writer.cutsOf(output).map((cut) => {
		const convolve = (some: readonly Phase[], others: readonly Phase[]) =>
			convolvePhases(writer, { x, weight, cut, strides: shape.strides, bias }, some, others);
		const whole = [size[0], cut.end - cut.begin, size[2], size[3]];
		if (point) return spreadApart(writer, convolve([rows[0]], [columns[0]]), whole, shape.strides);
		const phases = alike
			? convolve(rows, columns)
			: rows.map((row) => columns.map((column) => convolve([row], [column])));
		return interleaved(writer, phases, whole, shape.strides);
	});
	writer.putCuts(output, pieces);
	return true;
}

/** A 1×1 kernel without padding reaches only one phase: the others are zeros. */
function isPoint({ kernel, begins }: ConvolutionShape): boolean {
	return [...kernel, ...begins].join() === '1,1,0,0';
}

function isPossible({ taps, before, after }: Phase): boolean {
	return taps >= 1 && before >= 0 && after >= 0;
}

function isSameWindow(a: Phase, b: Phase): boolean {
	return a.taps === b.taps && a.before === b.before && a.after === b.after;
}

/** The phases of rows and of columns; d runs from −⌊(r + p)/s⌋ to ⌊(k − 1 − r − p)/s⌋. */
function phasesOf(
	from: readonly number[],
	to: readonly number[],
	{ kernel, strides, begins }: ConvolutionShape,
): readonly (readonly Phase[])[] {
	return [0, 1].map((axis) => {
		const [s, p] = [strides[axis], begins[axis]];
		const wanted = Math.ceil(to[axis + 2] / s);
		return Array.from({ length: s }, (_, r) => {
			const low = -Math.floor((r + p) / s);
			const high = Math.floor((kernel[axis] - 1 - r - p) / s);
			return { first: s * low + r + p, taps: high - low + 1, before: high, after: wanted - from[axis + 2] - low };
		});
	});
}

interface Scatter {
	readonly x: string;
	readonly weight: string;
	/** Channels of the output. */
	readonly cut: Cut;
	readonly strides: readonly number[];
	readonly bias?: string;
}

/** The convolution of phases that see one window: [N, (row, column, O), H, W]. */
function convolvePhases(
	writer: BlockedWriter,
	{ x, weight, cut, strides, bias }: Scatter,
	rows: readonly Phase[],
	columns: readonly Phase[],
): string {
	const { g } = writer;
	const pairs = rows.flatMap((row) => columns.map((column) => [row, column] as const));
	const outputs = weightPart(writer, writer.plain(weight), 1, cut);
	const taps = pairs.map((pair) => tapsOf(writer, outputs, pair, strides));
	const shift =
		bias &&
		joined(
			g,
			0,
			pairs.map(() => writer.paddedVector(bias)),
		);
	return sumOverParts(writer, x, windowOf(pairs[0]), shift, (range) =>
		joined(
			g,
			0,
			taps.map((part) => gradientFilters(writer, weightPart(writer, part, 0, range), true)),
		),
	);
}

function windowOf([row, column]: readonly [Phase, Phase]): ConvolutionShape {
	return {
		kernel: [row.taps, column.taps],
		strides: [1, 1],
		dilations: [1, 1],
		begins: [row.before, column.before],
		ends: [row.after, column.after],
		group: 1,
	};
}

/** The taps of one phase, W[:, :, first, first + s, …], of a weight of the new graph. */
function tapsOf(
	{ g }: BlockedWriter,
	weight: string,
	phases: readonly [Phase, Phase],
	strides: readonly number[],
): string {
	const kernel = g.shape(weight).slice(2);
	if (phases.every(({ taps }, axis) => taps === kernel[axis])) return weight;
	const starts = phases.map(({ first }) => first);
	const ends = phases.map(({ first, taps }, axis) => first + (taps - 1) * strides[axis] + 1);
	return g.slice(weight, [2, 3], starts, ends, strides);
}

function joined(g: BlockedWriter['g'], axis: number, parts: readonly string[]): string {
	return parts.length === 1 ? parts[0] : g.concat(parts, axis);
}

/** All phases of an output with very few channels as one block of channels, in a window that covers them all. */
function packedScatter(writer: BlockedWriter, node: Node, shape: ConvolutionShape, bias?: string): boolean {
	const { g, block } = writer;
	const [x, weight] = node.inputs;
	const [output] = node.outputs;
	const size = writer.shape(output);
	const count = shape.strides.reduce((product, s) => product * s, size?.[1] ?? block);
	if (!size || count > block || !writer.isBlocked(x) || !writer.fits(x)) return false;
	const phases = phasesOf(writer.shape(x)!, size, shape);
	if (!phases.flat().every(isPossible)) return false;
	const [down, across] = phases.map(coverOf);
	const taps = phases[0].flatMap((row) =>
		phases[1].map((column) => {
			const part = tapsOf(writer, writer.plain(weight), [row, column], shape.strides);
			const front = [lowest(row) - lowest(down), lowest(column) - lowest(across)];
			return g.pad(part, [0, 0, ...front, 0, 0, down.before - row.before, across.before - column.before]);
		}),
	);
	const biases = taps.map(() => bias && writer.plain(bias)).filter((name) => name !== undefined);
	const shift = bias && g.pad(joined(g, 0, biases), [0, block - count]);
	const packed = sumOverParts(writer, x, windowOf([down, across]), shift, (range) =>
		gradientFilters(writer, weightPart(writer, joined(g, 1, taps), 0, range), true),
	);
	writer.putPlain(output, unpacked(writer, packed, size, shape.strides));
	return true;
}

/** The smallest d of a phase. */
function lowest({ before, taps }: Phase): number {
	return before - taps + 1;
}

/** The window of all phases together. */
function coverOf(phases: readonly Phase[]): Phase {
	const before = Math.max(...phases.map((phase) => phase.before));
	const taps = before - Math.min(...phases.map(lowest)) + 1;
	return { first: 0, taps, before, after: Math.max(...phases.map(({ after }) => after)) };
}
