/** Softmax along one axis: dX = (dY − Σ dY·y) · y. */
import { intOf } from '../attributes.ts';
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

export const Softmax: Operator = {
	infer: sameAsFirst,
	gradient: (g, node, [dy]) => {
		const [y] = node.outputs;
		const total = g.reduceSum(g.mul(dy!, y), [intOf(node, 'axis', -1)], 1);
		return [g.mul(g.sub(dy!, total), y)];
	},
};
