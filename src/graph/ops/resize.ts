/** Enlarging and shrinking by nearest neighbours or linear interpolation, each axis for itself. */
import { intOf, intsOf, stringOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { float32, type Node, type Shape, type Tensor } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { calculate, positiveAxis, refuse, UNKNOWN } from './shapes.ts';

export const Resize: Operator = {
	infer: (node, [x], constant) => {
		if (!x?.shape) return [{ type: x?.type ?? 'float32', shape: undefined }];
		const sizes = numbersOf(node, 3, constant);
		if (sizes) return [{ type: x.type, shape: onAxes(node, sizes, x.shape) }];
		const given = numbersOf(node, 2, constant);
		const scales =
			given &&
			(onAxes(
				node,
				given,
				x.shape.map(() => 1),
			) as readonly number[]);
		const shape = x.shape.map((d, axis) => {
			if (!scales) return UNKNOWN;
			return scales[axis] === 1 ? d : calculate([d], (n) => Math.floor(n * scales[axis]));
		});
		return [{ type: x.type, shape }];
	},
	gradient: (g, node, [dy]) => {
		const block = copiedBlock(g, node);
		if (!block) return [g.reshape(linearGradient(g, node, dy!), g.shape(node.inputs[0]))];
		// Each source pixel was copied to a block: its gradient is the block's sum, an average pool times the block's size.
		const mean = g.op('AveragePool', [dy!], { kernel_shape: block, strides: block });
		return [g.mul(mean, g.scalar(block.reduce((a, b) => a * b, 1)))];
	},
};

function numbersOf(node: Node, input: number, constant: (name: string) => Tensor | undefined) {
	const tensor = node.inputs[input] ? constant(node.inputs[input]) : undefined;
	return tensor && tensor.data.length > 0 ? Array.from(tensor.data, Number) : undefined;
}

function scalesOf(g: GraphBuilder, node: Node): readonly number[] | undefined {
	const given = numbersOf(node, 2, (name) => g.initializers.get(name));
	return (
		given &&
		(onAxes(
			node,
			given,
			g.shape(node.inputs[0]).map(() => 1),
		) as readonly number[])
	);
}

/** Values for all axes, of which `axes` may name a few; the others keep theirs. */
function onAxes(node: Node, values: readonly number[], others: Shape): Shape {
	const axes = intsOf(
		node,
		'axes',
		others.map((_, axis) => axis),
	);
	return others.map((other, axis) => {
		const at = axes.map((a) => positiveAxis(a, others.length)).indexOf(axis);
		return at < 0 ? other : values[at];
	});
}

/** Height and width of the block that each pixel of an image is copied to, when that is all that happens. */
export function copiedBlock(g: GraphBuilder, node: Node): readonly number[] | undefined {
	const [from, to] = [g.value(node.inputs[0]).shape, g.value(node.outputs[0]).shape];
	if (stringOf(node, 'mode', 'nearest') !== 'nearest' || from?.length !== 4 || to?.length !== 4) return undefined;
	if (from[0] !== to[0] || from[1] !== to[1]) return undefined;
	const scales = scalesOf(g, node);
	const block = [2, 3].map((axis) => copies(node, from[axis], to[axis], scales?.[axis]));
	return block.every((factor) => factor !== undefined) ? block : undefined;
}

/** How often each position is repeated along an axis; undefined when that is not what happens. */
function copies(node: Node, from: Shape[number], to: Shape[number], scale?: number): number | undefined {
	if (typeof from !== 'number' || typeof to !== 'number' || to % from !== 0) return undefined;
	const factor = to / from;
	const sourceAt = (i: number) =>
		Math.min(Math.max(nearest(node, sourceOf(node, i, from, to, scale ?? factor)), 0), from - 1);
	for (let i = 0; i < to; i++) if (sourceAt(i) !== Math.floor(i / factor)) return undefined;
	return factor;
}

/** y = A·x·Bᵀ with a matrix for each spatial axis, so dX = Aᵀ·dY·B. */
function linearGradient(g: GraphBuilder, node: Node, dy: string): string {
	const [from, to] = [g.shape(node.inputs[0]), g.shape(node.outputs[0])];
	if (from.length !== 4 || from[0] !== to[0] || from[1] !== to[1])
		refuse(node, 'images whose height and width alone change', `[${from}] → [${to}]`);
	const scales = scalesOf(g, node);
	const matrix = (axis: number) =>
		g.constant(
			float32(
				[to[axis], from[axis]],
				interpolation(node, from[axis], to[axis], scales?.[axis] ?? to[axis] / from[axis]),
			),
		);
	const rows = g.matMul(dy, matrix(3));
	return g.matMul(g.transpose(matrix(2), [1, 0]), rows);
}

/** Row i holds the weights of the source positions that make position i. */
export function interpolation(node: Node, from: number, to: number, scale: number): Float32Array {
	const mode = stringOf(node, 'mode', 'nearest');
	if ((mode !== 'nearest' && mode !== 'linear') || intOf(node, 'antialias', 0) === 1)
		refuse(node, 'mode nearest or linear without antialiasing to be trained', mode);
	const matrix = new Float32Array(to * from);
	const clamp = (i: number) => Math.min(Math.max(i, 0), from - 1);
	for (let i = 0; i < to; i++) {
		const x = sourceOf(node, i, from, to, scale);
		if (mode === 'nearest') matrix[i * from + clamp(nearest(node, x))] = 1;
		else {
			const low = Math.floor(x);
			matrix[i * from + clamp(low)] += 1 - (x - low);
			matrix[i * from + clamp(low + 1)] += x - low;
		}
	}
	return matrix;
}

/** The source coordinate of an output position, as the ONNX specification of Resize defines it. */
function sourceOf(node: Node, i: number, from: number, to: number, scale: number): number {
	const mode = stringOf(node, 'coordinate_transformation_mode', 'half_pixel');
	if (mode === 'half_pixel' || (mode === 'pytorch_half_pixel' && to > 1)) return (i + 0.5) / scale - 0.5;
	if (mode === 'pytorch_half_pixel') return 0;
	if (mode === 'asymmetric') return i / scale;
	if (mode === 'align_corners') return to === 1 ? 0 : (i * (from - 1)) / (to - 1);
	return refuse(node, 'half_pixel, pytorch_half_pixel, asymmetric or align_corners coordinates to be trained', mode);
}

function nearest(node: Node, x: number): number {
	const mode = stringOf(node, 'nearest_mode', 'round_prefer_floor');
	if (mode === 'floor') return Math.floor(x);
	if (mode === 'ceil') return Math.ceil(x);
	return mode === 'round_prefer_ceil' ? Math.floor(x + 0.5) : Math.ceil(x - 0.5);
}
