/** Brings expected IoU to where measured IoU was on labelled images: models are surer of their masks than they should be. */

/** How the curve was found: a constant added, a straight line, or any rising curve. */
export const IOU_CORRECTION_METHODS = ['shift', 'line', 'isotonic'] as const;

export type IouCorrectionMethod = (typeof IOU_CORRECTION_METHODS)[number];

export interface IouCorrection {
	readonly method: IouCorrectionMethod;
	/** A rising curve through these points, straight between them, level outside; `expected` ascends strictly. */
	readonly knots: readonly IouKnot[];
}

export interface IouKnot {
	readonly expected: number;
	readonly corrected: number;
}

/** @param expected raw, as `expectedIou` gives it */
export function correctIou(expected: number, { knots }: Pick<IouCorrection, 'knots'>): number {
	const next = knots.findIndex((knot) => knot.expected > expected);
	if (next === 0) return knots[0].corrected;
	if (next === -1) return knots.at(-1)!.corrected;
	const [low, high] = [knots[next - 1], knots[next]];
	const share = (expected - low.expected) / (high.expected - low.expected);
	return low.corrected + share * (high.corrected - low.corrected);
}
