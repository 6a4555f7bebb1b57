/**
 * What part of the image a value sees. Every value keeps, per axis, the range of input pixels behind its position 0 and the
 * step from one position to the next (Araujo, Norris and Sim 2019); where branches meet, the ranges are joined.
 */
import { intOf, stringOf } from './attributes.ts';
import type { GraphBuilder } from './builder.ts';
import type { Node } from './graph.ts';
import type { Window } from './operator.ts';
import { findOperator } from './ops/index.ts';
import { positiveAxis } from './ops/shapes.ts';

/** Input pixels, [rows, columns] each. */
export interface Field {
	readonly low: readonly number[];
	readonly high: readonly number[];
	/** Pixels between neighbouring positions; below 1 after enlarging. */
	readonly stride: readonly number[];
}

export const POINT: Field = { low: [0, 0], high: [0, 0], stride: [1, 1] };

const AXES = [0, 1] as const;

/** Height and width of a field. */
export function sizeOfField({ low, high }: Field): readonly number[] {
	return AXES.map((axis) => Math.ceil(high[axis] - low[axis] + 1));
}

/**
 * The field of a node's outputs; undefined when it cannot be told, because an operator without a rule is on the way.
 *
 * @param fields those of values that depend on the image; `undefined` values are not known
 * @param image height and width of the graph's input
 */
export function fieldAfter(
	g: GraphBuilder,
	node: Node,
	fields: ReadonlyMap<string, Field | undefined>,
	image: readonly number[],
): Field | undefined {
	const computed = node.inputs.filter((name) => fields.has(name));
	if (computed.length === 0) return POINT;
	const incoming = computed.map((name) => fields.get(name));
	if (!findOperator(node) || !incoming.every((field) => field !== undefined)) return undefined;
	const before = joined(g, node, computed, incoming);
	if (seesEverything(g, node, computed)) return whole(before, image);
	const window = findOperator(node)?.window?.(node, inputsOf(g, node));
	if (window && window.kernel.length !== 2) return undefined;
	const field = window ? slid(before, window) : moved(g, node, before);
	return [...field.low, ...field.high, ...field.stride].every(Number.isFinite) ? field : undefined;
}

function inputsOf(g: GraphBuilder, node: Node) {
	return node.inputs.map((name) => (name === '' ? undefined : g.value(name)));
}

/** A value that is spread over positions, as squeeze-and-excitation does, has no place of its own: its size counts. */
function joined(g: GraphBuilder, node: Node, names: readonly string[], fields: readonly Field[]): Field {
	const extent = names.map((name) => (g.value(name).shape ?? []).slice(2).map(Number));
	const area = extent.map(([h = 1, w = 1]) => h * w || 1);
	const main = area.indexOf(Math.max(...area));
	const placed = fields.filter((_, i) => node.op === 'Concat' || area[i] === area[main]);
	const low = AXES.map((axis) => Math.min(...placed.map((field) => field.low[axis])));
	const high = AXES.map((axis) => Math.max(...placed.map((field) => field.high[axis])));
	const sizes = fields.map(sizeOfField);
	return {
		low,
		high: AXES.map((axis) => Math.max(high[axis], low[axis] - 1 + Math.max(...sizes.map((size) => size[axis])))),
		stride: fields[main].stride,
	};
}

/** Products of two computed values mix all positions, pooled maps and vectors made of maps hold every position. */
function seesEverything(g: GraphBuilder, node: Node, computed: readonly string[]): boolean {
	if (node.op.startsWith('Global') || reducesMaps(g, node)) return true;
	if (node.op === 'MatMul' || node.op === 'FusedMatMul') return computed.length > 1;
	if (node.op !== 'Flatten' && node.op !== 'Reshape') return false;
	const from = g.value(node.inputs[0]).shape;
	const to = g.value(node.outputs[0]).shape;
	return from !== undefined && from.length > 2 && to?.length === 2 && from.slice(2).some((size) => size !== 1);
}

function whole(before: Field, image: readonly number[]): Field {
	const sizes = sizeOfField(before);
	return { ...before, high: AXES.map((axis) => before.low[axis] + Math.max(image[axis], sizes[axis]) - 1) };
}

function slid({ low, high, stride }: Field, { kernel, strides, dilations, begins = [0, 0] }: Window): Field {
	const reach = (axis: number) => (kernel[axis] - 1) * dilations[axis] - begins[axis];
	return {
		low: AXES.map((axis) => low[axis] - begins[axis] * stride[axis]),
		high: AXES.map((axis) => high[axis] + reach(axis) * stride[axis]),
		stride: AXES.map((axis) => stride[axis] * strides[axis]),
	};
}

/** Operators that move or rescale positions; all others keep them. */
function moved(g: GraphBuilder, node: Node, field: Field): Field {
	switch (node.op) {
		case 'Resize':
		case 'Upsample':
			return rescaled(g, node, field, { linear: 1, cubic: 3 }[stringOf(node, 'mode', 'nearest')] ?? 0);
		case 'DepthToSpace':
			return rescaled(g, node, field, 0);
		case 'SpaceToDepth':
			return rescaled(g, node, field, intOf(node, 'blocksize', 1) - 1);
		case 'Pad':
			return shifted(field, axesOfPad(g, node), (begin) => -begin);
		case 'Slice':
			return sliced(g, node, field);
		default:
			return field;
	}
}

/** @param more positions that one output reads besides its own */
function rescaled(g: GraphBuilder, node: Node, field: Field, more: number): Field {
	const from = spatialOf(g, node.inputs[0]);
	const to = spatialOf(g, node.outputs[0]);
	return {
		low: field.low,
		high: AXES.map((axis) => field.high[axis] + more * field.stride[axis]),
		stride: AXES.map((axis) => (field.stride[axis] * from[axis]) / to[axis]),
	};
}

function shifted(field: Field, offsets: readonly number[], by: (offset: number) => number): Field {
	const move = (range: readonly number[]) => AXES.map((axis) => range[axis] + by(offsets[axis]) * field.stride[axis]);
	return { ...field, low: move(field.low), high: move(field.high) };
}

function axesOfPad(g: GraphBuilder, node: Node): readonly number[] {
	const pads = numbers(g, node.inputs[1]);
	return pads && pads.length === 8 ? pads.slice(2, 4) : [0, 0];
}

function sliced(g: GraphBuilder, node: Node, field: Field): Field {
	const [starts, , axes, steps] = node.inputs.slice(1).map((name) => numbers(g, name));
	const size = g.value(node.inputs[0]).shape ?? [];
	if (!starts || size.length !== 4) return field;
	const begin = [0, 0];
	const stride = [...field.stride];
	for (const [i, start] of starts.entries()) {
		const axis = positiveAxis(axes?.[i] ?? i, 4) - 2;
		if (axis < 0 || typeof size[axis + 2] !== 'number') continue;
		begin[axis] = start < 0 ? Math.max(0, start + (size[axis + 2] as number)) : start;
		stride[axis] *= Math.abs(steps?.[i] ?? 1);
	}
	return { ...shifted(field, begin, (offset) => offset), stride };
}

function reducesMaps(g: GraphBuilder, node: Node): boolean {
	if (!node.op.startsWith('Reduce')) return false;
	const [from, to] = [g.value(node.inputs[0]).shape, g.value(node.outputs[0]).shape];
	return (
		from?.length === 4 && to !== undefined && (to.length < 4 || from.some((d, axis) => axis > 1 && d !== to[axis]))
	);
}

function spatialOf(g: GraphBuilder, name: string): readonly number[] {
	return (g.value(name).shape ?? []).slice(2).map(Number);
}

function numbers(g: GraphBuilder, name: string | undefined): readonly number[] | undefined {
	const tensor = name ? g.initializers.get(name) : undefined;
	return tensor && Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}
