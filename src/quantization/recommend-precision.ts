/** Which precision a CPU station should run by default, and why. */
import type { QuantizationReport } from './quantize-model.ts';

export interface Recommendation {
	readonly precision: 'int8' | 'fp32';
	/** For people: complete, without a full stop. */
	readonly reason: string;
}

export interface HeldOut {
	/** What the float model scores on held-out images less what the int8 model scores there. */
	readonly drop: number;
	/** What it may lose at most. */
	readonly limit: number;
}

/** Of the mean of AP and macro IoU on held-out images. */
export const LARGEST_DROP = 0.01;

/**
 * int8 when every convolution runs on integers that is not kept in float on purpose, it is faster than float, and it loses no
 * more than the limit; an int8 that does not win is not the default.
 *
 * @param heldOut by default what the search measured; undefined when there were no labelled images to judge by
 */
export function recommendPrecision(report: QuantizationReport, heldOut = heldOutOf(report)): Recommendation {
	const { audit, speed, keptInFloat } = report;
	const { floatConvolutions, strayPairs, fused } = audit;
	const fp32 = (reason: string) => ({ precision: 'fp32', reason }) as const;
	if (fused === 0) return fp32('no convolution of the int8 model runs on integers');
	const unwanted = floatConvolutions.length - keptInFloat.length;
	if (unwanted > 0) return fp32(`${many(unwanted, 'convolution')} of the int8 model would run in float`);
	if (strayPairs.length > 0 && keptInFloat.length === 0)
		return fp32(`${many(strayPairs.length, 'value')} of the int8 model would be converted to float and back`);
	if (!audit.passed && keptInFloat.length === 0) return fp32('the int8 model did not pass its audit');
	if (!speed) return fp32('the speed of the int8 model was not measured');
	const times = `${speed.int8Ms.toFixed(1)} ms against ${speed.fp32Ms.toFixed(1)} ms`;
	if (!(speed.ratio > 1)) return fp32(`int8 is not faster than float: ${times}`);
	if (heldOut && !(heldOut.drop <= heldOut.limit))
		return fp32(`int8 loses ${points(heldOut.drop)} on held-out images, where ${points(heldOut.limit)} are allowed`);
	const lost = heldOut
		? `loses ${points(Math.max(0, heldOut.drop))} on held-out images`
		: 'was not judged on held-out images';
	return { precision: 'int8', reason: `int8 is ${speed.ratio.toFixed(2)}× as fast as float (${times}) and ${lost}` };
}

/** The score of the search counts how far scores moved as well: twice as much is allowed. */
function heldOutOf({ floatScore, score }: QuantizationReport): HeldOut | undefined {
	return floatScore === null ? undefined : { drop: floatScore - score, limit: 2 * LARGEST_DROP };
}

function many(count: number, what: string): string {
	return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function points(share: number): string {
	return `${(share * 100).toFixed(2)} points`;
}
