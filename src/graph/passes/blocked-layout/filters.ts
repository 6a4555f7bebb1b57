/** Weights in the order that the blocked kernels read: output channels in blocks, inside them input channels in blocks. */
import type { BlockedWriter, Cut } from './blocked-writer.ts';

/** Weights [O,I,kh,kw] of the new graph as [O/b, I/b, kh, kw, b inputs, b outputs], or as [O/b, I, kh, kw, b outputs] for an image in NCHW. */
export function filtersFor(writer: BlockedWriter, weight: string, blockedInput: boolean): string {
	const { g, block } = writer;
	const [o, i, kh, kw] = g.shape(weight);
	const [outputs, inputs, taps] = [writer.padded(o), blockedInput ? writer.padded(i) : i, kh * kw];
	const whole = g.pad(weight, [0, 0, 0, 0, outputs - o, inputs - i, 0, 0]);
	let filters = writer.op('ReorderInput', [g.reshape(whole, [outputs / block, block, inputs, taps])]);
	if (blockedInput && taps > 1)
		filters = g.transpose(g.reshape(filters, [outputs / block, inputs / block, block, taps, block]), [0, 1, 3, 2, 4]);
	return g.reshape(filters, [outputs, inputs, kh, kw]);
}

/**
 * Weights [O,I,kh,kw] of the new graph, with inputs and outputs swapped and both spatial axes flipped, for the gradient
 * of the input.
 */
export function gradientFilters(writer: BlockedWriter, weight: string, blockedInput: boolean): string {
	const { g, block } = writer;
	const [o, i, kh, kw] = g.shape(weight);
	const [inputs, outputs, taps] = [blockedInput ? writer.padded(o) : o, writer.padded(i), kh * kw];
	const whole = g.pad(weight, [0, 0, 0, 0, inputs - o, outputs - i, 0, 0]);
	const blocks =
		taps === 1 ? whole : writer.op('ReorderInput', [g.reshape(whole, [(inputs * outputs) / block, block, taps, 1])]);
	const flipped = backwards(writer, g.reshape(blocks, [inputs, outputs / block, taps, block]), taps);
	const ordered = blockedInput
		? g.transpose(g.reshape(flipped, [inputs / block, block, outputs / block, taps, block]), [2, 0, 3, 1, 4])
		: g.transpose(flipped, [1, 0, 2, 3]);
	return g.reshape(ordered, [outputs, inputs, kh, kw]);
}

/** The part of a weight of the new graph that belongs to a range of an axis. */
export function weightPart({ g }: BlockedWriter, weight: string, axis: number, { begin, end }: Cut): string {
	return begin === 0 && end === g.shape(weight)[axis] ? weight : g.slice(weight, [axis], [begin], [end]);
}

/** W [C,1,kh,kw] as [C/b, kh, kw, b], flipped in both spatial axes for a gradient. */
export function depthwiseFilters(writer: BlockedWriter, weight: string, flip: boolean): string {
	const { g, block } = writer;
	const [c, , kh, kw] = writer.shape(weight)!;
	const [channels, taps] = [writer.padded(c), kh * kw];
	const whole = g.pad(writer.plain(weight), [0, 0, 0, 0, channels - c, 0, 0, 0]);
	const blocks = writer.op('ReorderInput', [g.reshape(whole, [channels / block, block, taps, 1])]);
	const ordered = flip ? backwards(writer, g.reshape(blocks, [1, channels / block, taps, block]), taps) : blocks;
	return g.reshape(ordered, [channels, 1, kh, kw]);
}

/** Axis 2 from its end to its beginning. */
export function backwards({ g }: BlockedWriter, x: string, length: number): string {
	return length > 1 ? g.slice(x, [2], [-1], [-(2 ** 31)], [-1]) : x;
}
