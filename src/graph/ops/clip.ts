/** Clip to constant limits; the gradient passes strictly inside them. */
import { float } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

/** So steep that a HardSigmoid is a step; a power of two, so that slope · limit is exact. */
const STEEP = 2 ** 100;
/** Limits beyond this would overflow when multiplied by the slope. */
const FARTHEST = 2 ** 20;

export const Clip: Operator = {
	infer: sameAsFirst,
	/** In terms of the output, so that the input need not be kept: it lies strictly inside where the input does. */
	gradient: (g, node, [dy]) => {
		const [, low, high] = node.inputs;
		const [y] = node.outputs;
		const sides = [low && isAbove(g, y, low), high && isBelow(g, y, high)].filter((side) => side !== '' && side);
		return [sides.reduce<string>((gradient, side) => g.mul(gradient, side!), dy!)];
	},
};

/** 1.0 where y > limit. */
export function isAbove(g: GraphBuilder, y: string, limit: string): string {
	const value = nearLimit(g, limit);
	if (value === undefined) return g.op('Cast', [g.op('Greater', [y, limit])], { to: 1 });
	return g.op('HardSigmoid', [y], { alpha: float(STEEP), beta: float(-STEEP * value) });
}

/** 1.0 where y < limit. */
export function isBelow(g: GraphBuilder, y: string, limit: string): string {
	const value = nearLimit(g, limit);
	if (value === undefined) return g.op('Cast', [g.op('Greater', [limit, y])], { to: 1 });
	return g.op('HardSigmoid', [y], { alpha: float(-STEEP), beta: float(STEEP * value) });
}

/** A limit that is known, one for all values, and not too large. */
function nearLimit(g: GraphBuilder, limit: string): number | undefined {
	const tensor = g.initializers.get(limit);
	const value = tensor?.data.length === 1 ? tensor.data[0] : undefined;
	return typeof value === 'number' && Math.abs(value) <= FARTHEST ? value : undefined;
}
