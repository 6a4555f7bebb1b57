/** Operators that move values without changing them. */
import { intOf, intsOf, stringOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Dimension, ElementType, Node, Shape, Tensor } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { broadcast, calculate, like, positiveAxis, refuse, sameAsFirst, UNKNOWN } from './shapes.ts';
import { sumToShape } from './sum-to-shape.ts';

/** ONNX's element type numbers that `Cast` uses. */
const CAST_TYPES: Readonly<Record<number, ElementType>> = {
	1: 'float32',
	2: 'uint8',
	3: 'int8',
	6: 'int32',
	7: 'int64',
	9: 'bool',
	10: 'float16',
	11: 'float64',
};

/** What a `Cast` gives. */
export function castType(node: Node): ElementType | undefined {
	return CAST_TYPES[intOf(node, 'to', 1)];
}

type Constant = (name: string) => Tensor | undefined;

function numbers(constant: Constant, name: string | undefined): readonly number[] | undefined {
	const tensor = name ? constant(name) : undefined;
	return tensor && Array.from(tensor.data, Number);
}

/** Gradient of anything that only renames positions: reshape back. */
function reshapeBack(g: GraphBuilder, node: Node, [dy]: readonly (string | undefined)[]) {
	return [g.reshape(dy!, g.shape(node.inputs[0]))];
}

function reshaped(shape: Shape, target: readonly number[], node: Node): Shape {
	const dims = target.map((d, axis): Dimension => (d === 0 ? (shape[axis] ?? UNKNOWN) : d));
	const open = dims.indexOf(-1);
	const total = calculate(shape, (...sizes) => sizes.reduce((a, b) => a * b, 1));
	const rest = calculate(
		dims.filter((_, i) => i !== open),
		(...sizes) => sizes.reduce((a, b) => a * b, 1),
	);
	if (open >= 0) dims[open] = calculate([total, rest], (all, part) => all / part);
	else if (typeof total === 'number' && typeof rest === 'number' && total !== rest)
		refuse(node, `${rest} elements for [${target.join(',')}]`, `${total} in [${shape.join(',')}]`);
	return dims;
}

/** One Slice axis resolved to numbers: where it starts and ends in the positive direction, and its step. */
interface AxisSlice {
	readonly start: number;
	readonly step: number;
	readonly count: number;
}

export function sliceAxes(node: Node, shape: Shape, constant: Constant): Map<number, AxisSlice> | undefined {
	const [starts, ends, axes, steps] = node.inputs.slice(1).map((name) => numbers(constant, name));
	if (!starts || !ends) return undefined;
	return new Map(
		starts.map((begin, i) => {
			const axis = positiveAxis(axes?.[i] ?? i, shape.length);
			const size = shape[axis];
			if (typeof size !== 'number') refuse(node, 'known sizes where it cuts', `"${size}" on axis ${axis}`);
			const step = steps?.[i] ?? 1;
			const clamp = (v: number, low: number, high: number) => Math.min(Math.max(v < 0 ? v + size : v, low), high);
			const start = step > 0 ? clamp(begin, 0, size) : clamp(begin, 0, size - 1);
			const end = step > 0 ? clamp(ends[i], 0, size) : ends[i] < -size ? -1 : clamp(ends[i], -1, size - 1);
			return [axis, { start, step, count: Math.max(0, Math.ceil((end - start) / step)) }];
		}),
	);
}

const Slice: Operator = {
	infer: (node, [x], constant) => {
		const axes = x?.shape && sliceAxes(node, x.shape, constant);
		if (!x?.shape || !axes) return [{ type: x?.type ?? 'float32', shape: undefined }];
		return [{ type: x.type, shape: x.shape.map((d, axis) => axes.get(axis)?.count ?? d) }];
	},
	gradient: (g, node, [dy]) => {
		const shape = g.shape(node.inputs[0]);
		const axes = sliceAxes(node, shape, (name) => g.initializers.get(name))!;
		let result = dy!;
		for (const [axis, { start, step, count }] of axes) {
			if (step < 0) result = g.slice(result, [axis], [-1], [-(2 ** 31)], [-1]);
			const first = step < 0 ? start + step * (count - 1) : start;
			result = spreadAxis(g, result, axis, Math.abs(step));
			const length = g.shape(result)[axis];
			const pads = new Array(shape.length * 2).fill(0);
			pads[axis] = first;
			pads[axis + shape.length] = shape[axis] - first - length;
			result = g.pad(result, pads);
		}
		return [result];
	},
};

/** Puts step − 1 zeros after every element of an axis. */
function spreadAxis(g: GraphBuilder, x: string, axis: number, step: number): string {
	if (step === 1) return x;
	const shape = g.shape(x);
	const split = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
	const pads = new Array(split.length * 2).fill(0);
	pads[split.length + axis + 1] = step - 1;
	const joined = shape.map((d, i) => (i === axis ? d * step : d));
	return g.reshape(g.pad(g.reshape(x, split), pads), joined);
}

const Pad: Operator = {
	infer: (node, [x], constant) => {
		const pads = numbers(constant, node.inputs[1]) ?? intsOf(node, 'pads', []);
		if (!x?.shape) return [like(x)];
		const rank = x.shape.length;
		return [{ type: x.type, shape: x.shape.map((d, i) => calculate([d], (n) => n + pads[i] + pads[i + rank])) }];
	},
	gradient: (g, node, [dy]) => {
		if (stringOf(node, 'mode', 'constant') !== 'constant') refuse(node, 'zero padding to be trained', 'another mode');
		const pads = numbers((name) => g.initializers.get(name), node.inputs[1])!;
		return [
			g.pad(
				dy!,
				pads.map((p) => -p),
			),
		];
	},
};

const Concat: Operator = {
	infer: (node, inputs) => {
		const [first] = inputs;
		if (inputs.some((input) => !input?.shape)) return [{ type: first?.type ?? 'float32', shape: undefined }];
		const axis = positiveAxis(intOf(node, 'axis', 0), first!.shape!.length);
		const size = calculate(
			inputs.map((input) => input!.shape![axis]),
			(...sizes) => sizes.reduce((a, b) => a + b, 0),
		);
		return [{ type: first!.type, shape: first!.shape!.map((d, i) => (i === axis ? size : d)) }];
	},
	gradient: (g, node, [dy], needed) => {
		const axis = positiveAxis(intOf(node, 'axis', 0), g.shape(node.inputs[0]).length);
		const sizes = node.inputs.map((name) => g.shape(name)[axis]);
		let begin = 0;
		return sizes.map((size, i) => {
			begin += size;
			return needed[i] ? g.slice(dy!, [axis], [begin - size], [begin]) : undefined;
		});
	},
};

const Split: Operator = {
	infer: (node, [x], constant) => {
		const axis = positiveAxis(intOf(node, 'axis', 0), x?.shape?.length ?? 0);
		const given = numbers(constant, node.inputs[1]);
		// Without sizes the parts are equal, and a last one that does not come out even is smaller.
		const part = (d: Dimension, i: number) =>
			calculate([d], (n) => {
				const size = Math.ceil(n / node.outputs.length);
				return Math.min(size, n - i * size);
			});
		return node.outputs.map((_, i) => ({
			type: x?.type ?? 'float32',
			shape: x?.shape?.map((d, a) => (a === axis ? (given?.[i] ?? part(d, i)) : d)),
		}));
	},
	gradient: (g, node, dOutputs) => {
		const axis = positiveAxis(intOf(node, 'axis', 0), g.shape(node.inputs[0]).length);
		const parts = node.outputs.map((name, i) => {
			const zeros = () => g.op('Expand', [g.scalar(0), g.ints(g.shape(name))]);
			return dOutputs[i] ?? zeros();
		});
		return [g.concat(parts, axis)];
	},
};

const Transpose: Operator = {
	infer: (node, [x]) => {
		const perm = permutation(node, x?.shape?.length ?? 0);
		return [{ type: x?.type ?? 'float32', shape: x?.shape && perm.map((axis) => x.shape![axis]) }];
	},
	gradient: (g, node, [dy]) => {
		const perm = permutation(node, g.shape(node.inputs[0]).length);
		return [
			g.transpose(
				dy!,
				perm.map((_, axis) => perm.indexOf(axis)),
			),
		];
	},
};

function permutation(node: Node, rank: number): readonly number[] {
	return intsOf(
		node,
		'perm',
		Array.from({ length: rank }, (_, i) => rank - 1 - i),
	);
}

/** Space to depth and back: channel index = (row · block + column) · C + channel (mode DCR). */
function blocks(deeper: boolean): Operator {
	return {
		infer: (node, [x]) => {
			const b = intOf(node, 'blocksize', 1);
			const [n, c, h, w] = x?.shape ?? [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN];
			const bigger = (d: Dimension, by: number) => calculate([d], (size) => size * by);
			const smaller = (d: Dimension, by: number) => calculate([d], (size) => size / by);
			const shape = deeper
				? [n, bigger(c, b * b), smaller(h, b), smaller(w, b)]
				: [n, smaller(c, b * b), bigger(h, b), bigger(w, b)];
			return [{ type: x?.type ?? 'float32', shape }];
		},
		gradient: (g, node, [dy]) => {
			const blocksize = intOf(node, 'blocksize', 1);
			if (stringOf(node, 'mode', 'DCR') === 'CRD') return [channelsOutside(g, dy!, blocksize)];
			return [g.op(deeper ? 'DepthToSpace' : 'SpaceToDepth', [dy!], { blocksize })];
		},
	};
}

/** Undoes DepthToSpace of mode CRD: channel index = channel · block² + row · block + column. */
function channelsOutside(g: GraphBuilder, x: string, block: number): string {
	const [n, c, h, w] = g.shape(x);
	const split = g.reshape(x, [n, c, h / block, block, w / block, block]);
	return g.reshape(g.transpose(split, [0, 1, 3, 5, 2, 4]), [n, c * block ** 2, h / block, w / block]);
}

/** The axes that a `Shape` node gives: from `start` to before `end`, all by default. */
export function shapePart(node: Node, shape: Shape): Shape {
	return shape.slice(intOf(node, 'start', 0), intOf(node, 'end', shape.length));
}

export const shapeOperators: Readonly<Record<string, Operator>> = {
	Slice,
	Pad,
	Concat,
	Split,
	Transpose,
	SpaceToDepth: blocks(true),
	DepthToSpace: blocks(false),
	Reshape: {
		infer: (node, [x], constant) => {
			const target = numbers(constant, node.inputs[1]);
			return [{ type: x?.type ?? 'float32', shape: x?.shape && target && reshaped(x.shape, target, node) }];
		},
		gradient: reshapeBack,
	},
	Flatten: {
		infer: (node, [x]) => {
			const axis = intOf(node, 'axis', 1);
			const product = (dims: readonly Dimension[]) =>
				dims.length === 1 ? dims[0] : calculate(dims, (...sizes) => sizes.reduce((a, b) => a * b, 1));
			return [
				{
					type: x?.type ?? 'float32',
					shape: x?.shape && [product(x.shape.slice(0, axis)), product(x.shape.slice(axis))],
				},
			];
		},
		gradient: reshapeBack,
	},
	Squeeze: {
		infer: (node, [x], constant) => {
			const axes = numbers(constant, node.inputs[1])?.map((axis) => positiveAxis(axis, x?.shape?.length ?? 0));
			return [
				{
					type: x?.type ?? 'float32',
					shape: x?.shape?.filter((d, axis) => (axes ? !axes.includes(axis) : d !== 1)),
				},
			];
		},
		gradient: reshapeBack,
	},
	Unsqueeze: {
		infer: (node, [x], constant) => {
			const axes = numbers(constant, node.inputs[1]);
			if (!x?.shape || !axes) return [{ type: x?.type ?? 'float32', shape: undefined }];
			const rank = x.shape.length + axes.length;
			const places = axes.map((axis) => positiveAxis(axis, rank));
			const rest = [...x.shape];
			const shape = Array.from({ length: rank }, (_, axis) => (places.includes(axis) ? 1 : rest.shift()!));
			return [{ type: x.type, shape }];
		},
		gradient: reshapeBack,
	},
	Expand: {
		infer: (node, [x], constant) => {
			const target = numbers(constant, node.inputs[1]);
			return [{ type: x?.type ?? 'float32', shape: target && broadcast(node, [x?.shape, target]) }];
		},
		gradient: (g, node, [dy]) => [sumToShape(g, dy!, node.inputs[0])],
	},
	Cast: {
		infer: (node, [x]) => [{ type: castType(node) ?? 'float32', shape: x?.shape }],
		// Between float types the derivative is 1; integers end the gradient.
		gradient: (_g, node, [dy]) => [intOf(node, 'to', 1) === 1 ? dy : undefined],
	},
	Shape: { infer: (node, [x]) => [{ type: 'int64', shape: x?.shape && [shapePart(node, x.shape).length] }] },
	Where: {
		infer: (node, inputs) => [
			{
				type: inputs[1]?.type ?? 'float32',
				shape: broadcast(
					node,
					inputs.map((input) => input?.shape),
				),
			},
		],
		gradient: (g, node, [dy], needed) => {
			const [condition, a, b] = node.inputs;
			const zero = g.scalar(0);
			return [
				undefined,
				needed[1] ? sumToShape(g, g.op('Where', [condition, dy!, zero]), a) : undefined,
				needed[2] ? sumToShape(g, g.op('Where', [condition, zero, dy!]), b) : undefined,
			];
		},
	},
	ScatterElements: { infer: sameAsFirst },
	MaxUnpool: {
		infer: (_node, [x, , size], constant) => {
			const shape = size && numbers(constant, size.name);
			return [{ type: x?.type ?? 'float32', shape }];
		},
	},
	Constant: {
		infer: (node) => {
			const value = node.attributes.value;
			return value?.kind === 'tensor'
				? [{ type: value.value.type, shape: value.value.dims }]
				: [{ type: 'float32', shape: undefined }];
		},
	},
};
