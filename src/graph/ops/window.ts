/** The sliding-window arithmetic of convolutions and pooling: output size = ⌊(N − F + P) / S⌋ + 1. */
import { intOf, intsOf, stringOf } from '../attributes.ts';
import type { Dimension, Node, Shape } from '../graph.ts';
import { calculate, refuse } from './shapes.ts';

export interface SlidingWindow {
	readonly kernel: readonly number[];
	readonly strides: readonly number[];
	readonly dilations: readonly number[];
	/** Padding before and after each axis. */
	readonly begins: readonly number[];
	readonly ends: readonly number[];
}

/** @param kernel the spatial kernel size; @param input the spatial input size (needed for automatic padding) */
export function slidingWindow(node: Node, kernel: readonly number[], input: Shape | undefined): SlidingWindow {
	const rank = kernel.length;
	const strides = intsOf(node, 'strides', new Array(rank).fill(1));
	const dilations = intsOf(node, 'dilations', new Array(rank).fill(1));
	const mode = stringOf(node, 'auto_pad', 'NOTSET');
	const pads = intsOf(node, 'pads', new Array(rank * 2).fill(0));
	if (mode === 'NOTSET' || mode === 'VALID')
		return { kernel, strides, dilations, begins: pads.slice(0, rank), ends: pads.slice(rank) };
	const totals = kernel.map((k, axis) => {
		const size = input?.[axis];
		if (typeof size !== 'number') refuse(node, 'a known size for automatic padding', `"${size}"`);
		const out = Math.ceil(size / strides[axis]);
		return Math.max(0, (out - 1) * strides[axis] + (k - 1) * dilations[axis] + 1 - size);
	});
	const small = totals.map((total) => Math.floor(total / 2));
	const large = totals.map((total, axis) => total - small[axis]);
	return mode === 'SAME_UPPER'
		? { kernel, strides, dilations, begins: small, ends: large }
		: { kernel, strides, dilations, begins: large, ends: small };
}

/** Spatial output size. @throws GRAPH_INVALID when the window does not fit */
export function outputSize(node: Node, window: SlidingWindow, input: Shape): readonly Dimension[] {
	const ceil = intOf(node, 'ceil_mode', 0) === 1;
	return window.kernel.map((kernel, axis) =>
		calculate([input[axis]], (size) => {
			const reach = (kernel - 1) * window.dilations[axis] + 1;
			const room = size + window.begins[axis] + window.ends[axis] - reach;
			if (room < 0) refuse(node, `an input of at least ${reach} on axis ${axis + 2}`, `${size}`);
			const steps = room / window.strides[axis];
			if (!ceil) return Math.floor(steps) + 1;
			// A window that would start in the padding behind the input is left out.
			const last = Math.ceil(steps);
			return last * window.strides[axis] >= size + window.begins[axis] ? last : last + 1;
		}),
	);
}
