/** Softmax along one axis: dX = (dY − Σ dY·y) · y; and its logarithm. */
import { intOf } from '../attributes.ts';
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

/** Logarithm of the softmax: dX = dY − softmax(x) · Σ dY. */
export const LogSoftmax: Operator = {
	infer: sameAsFirst,
	gradient: (g, node, [dy]) => {
		const total = g.reduceSum(dy!, [intOf(node, 'axis', -1)], 1);
		return [g.sub(dy!, g.mul(g.op('Exp', [node.outputs[0]]), total))];
	},
};

export const Softmax: Operator = {
	infer: sameAsFirst,
	gradient: (g, node, [dy]) => {
		const [y] = node.outputs;
		const total = g.reduceSum(g.mul(dy!, y), [intOf(node, 'axis', -1)], 1);
		return [g.mul(g.sub(dy!, total), y)];
	},
};
