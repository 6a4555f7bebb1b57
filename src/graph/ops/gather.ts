/** Picks slices of one axis by their numbers. */
import { intOf } from '../attributes.ts';
import { float32, int64, type Shape, sizeOf } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { positiveAxis, refuse } from './shapes.ts';

export const Gather: Operator = {
	/** A table of vectors is learnt, as embeddings are. */
	parameters: [0],
	infer: (node, [x, indices]) => {
		const shape =
			x?.shape &&
			indices?.shape &&
			gathered(x.shape, indices.shape, positiveAxis(intOf(node, 'axis', 0), x.shape.length));
		return [{ type: x?.type ?? 'float32', shape }];
	},
	/** Each slice goes back to where it came from; slices picked more than once add up. */
	gradient: (g, node, [dy]) => {
		const [x, indices] = node.inputs;
		const picked = g.initializers.get(indices);
		if (!picked) refuse(node, 'constant indices to be trained', 'indices that are computed');
		const shape = g.shape(x);
		const axis = positiveAxis(intOf(node, 'axis', 0), shape.length);
		const places = Array.from(picked.data as ArrayLike<number | bigint>, (i) => positiveAxis(Number(i), shape[axis]));
		const flat = g.reshape(
			dy!,
			shape.flatMap((d, i) => (i === axis ? [places.length] : [d])),
		);
		const wide = [...shape.slice(0, axis), places.length, ...shape.slice(axis + 1)];
		const column = g.constant(
			int64(
				wide.map((_, i) => (i === axis ? places.length : 1)),
				places,
			),
		);
		const zeros = g.op('Expand', [g.constant(float32([1], [0])), g.ints(shape)]);
		const where = g.op('Expand', [column, g.ints(wide)]);
		if (sizeOf(wide) === 0) return [zeros];
		return [g.op('ScatterElements', [zeros, where, flat], { axis, reduction: 'add' })];
	},
};

function gathered(shape: Shape, indices: Shape, axis: number): Shape {
	return [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
}
