/** Undoes broadcasting: a gradient is summed back to the shape of the input that was stretched. */
import type { GraphBuilder } from '../builder.ts';

/** Sums `gradient` over the axes along which `target` was broadcast. */
export function sumToShape(g: GraphBuilder, gradient: string, target: string): string {
	const from = g.shape(gradient);
	const to = g.shape(target);
	const offset = from.length - to.length;
	const axes = from.flatMap((size, axis) => (axis < offset || (to[axis - offset] === 1 && size !== 1) ? [axis] : []));
	const summed = axes.length > 0 ? g.reduceSum(gradient, axes, 1) : gradient;
	return offset > 0 ? g.reshape(summed, to) : summed;
}
