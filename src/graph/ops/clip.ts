/** Clip to constant limits; the gradient passes strictly inside them. */
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

export const Clip: Operator = {
	infer: sameAsFirst,
	gradient: (g, node, [dy]) => {
		const [x, low, high] = node.inputs;
		let mask: string | undefined;
		for (const [limit, a, b] of [
			[low, x, low],
			[high, high, x],
		] as const) {
			if (!limit) continue;
			const inside = g.op('Cast', [g.op('Greater', [a, b])], { to: 1 });
			mask = mask ? g.mul(mask, inside) : inside;
		}
		return [mask ? g.mul(dy!, mask) : dy];
	},
};
