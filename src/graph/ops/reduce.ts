/** Reductions over axes. */
import { intOf, intsOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Node, Tensor, Value } from '../graph.ts';
import type { Inferred, Operator } from '../operator.ts';
import { positiveAxis } from './shapes.ts';

type Spread = (g: GraphBuilder, dy: string, node: Node, factor: number) => string;

function reduce(spread?: Spread): Operator {
	return {
		infer: (node, [x], constant) => {
			const keep = intOf(node, 'keepdims', 1) === 1;
			const axes = axesOf(node, x, constant);
			const shape = x?.shape;
			if (!shape || !axes) return [{ type: x?.type ?? 'float32', shape: undefined }];
			return [{ type: x.type, shape: shape.flatMap((d, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [d])) }];
		},
		...(spread && {
			gradient: (g, node, [dy]) => {
				const x = g.shape(node.inputs[0]);
				const axes = axesOf(node, g.value(node.inputs[0]), (name) => g.initializers.get(name))!;
				const kept = x.map((d, axis) => (axes.includes(axis) ? 1 : d));
				const count = axes.reduce((product, axis) => product * x[axis], 1);
				const wide = intOf(node, 'keepdims', 1) === 1 ? dy! : g.reshape(dy!, kept);
				return [spread(g, wide, node, count)];
			},
		}),
	};
}

function axesOf(
	node: Node,
	x: Value | undefined,
	constant: (name: string) => Tensor | undefined,
): readonly number[] | undefined {
	const rank = x?.shape?.length;
	if (rank === undefined) return undefined;
	const given = node.inputs[1] ? constant(node.inputs[1]) : undefined;
	if (node.inputs[1] && !given) return undefined;
	const axes = given ? Array.from(given.data, Number) : intsOf(node, 'axes', []);
	return axes.length > 0 ? axes.map((axis) => positiveAxis(axis, rank)) : Array.from({ length: rank }, (_, i) => i);
}

/** The index of the largest value along one axis; nothing flows back through it. */
function argMax(node: Node, [x]: readonly (Value | undefined)[]): readonly Inferred[] {
	const axis = positiveAxis(intOf(node, 'axis', 0), x?.shape?.length ?? 0);
	const kept = intOf(node, 'keepdims', 1) === 1 ? [1] : [];
	return [{ type: 'int64', shape: x?.shape?.flatMap((d, i) => (i === axis ? kept : [d])) }];
}

/** Repeats a reduced gradient over the shape of x. */
function expandTo(g: GraphBuilder, dy: string, x: string): string {
	return g.op('Expand', [dy, g.ints(g.shape(x))]);
}

/** Equal extremes share the gradient, as many as there are. */
function toExtremes(g: GraphBuilder, dy: string, node: Node): string {
	const [x] = node.inputs;
	const axes = constantAxes(g, node);
	const extreme = g.op(node.op, [x, g.ints(axes)], { keepdims: 1 });
	const hit = g.op('Cast', [g.op('Equal', [x, extreme])], { to: 1 });
	return g.mul(hit, g.div(dy, g.reduceSum(hit, axes, 1)));
}

function constantAxes(g: GraphBuilder, node: Node): readonly number[] {
	return axesOf(node, g.value(node.inputs[0]), (name) => g.initializers.get(name))!;
}

export const reduceOperators: Readonly<Record<string, Operator>> = {
	ReduceSum: reduce((g, dy, node) => expandTo(g, dy, node.inputs[0])),
	ReduceMean: reduce((g, dy, node, count) => expandTo(g, g.mul(dy, g.scalar(1 / count)), node.inputs[0])),
	ReduceSumSquare: reduce((g, dy, node) => g.mul(g.mul(dy, g.scalar(2)), node.inputs[0])),
	ReduceMax: reduce(toExtremes),
	ReduceMin: reduce(toExtremes),
	ReduceL2: reduce((g, dy, node) => {
		const [x] = node.inputs;
		const norm = g.op('ReduceL2', [x, g.ints(constantAxes(g, node))], { keepdims: 1 });
		return g.mul(x, g.div(dy, norm));
	}),
	ArgMax: { infer: argMax },
};
