/** An operating point in the words of the person who answers for it. */
import type { OperatingPoint, Rate } from '../metrics/operating-point.ts';
import { promiseOf } from '../metrics/operating-points/promise-of.ts';

/** Lines: the threshold, what it promises, what was measured, what it costs. */
export function describePoint(point: OperatingPoint): string[] {
	const { threshold, precision, measuredRecall, expectedCost } = point;
	return [
		`${trim(threshold)} (${precision} scores, flagged at or above)`,
		...promiseOf(point),
		...(measuredRecall ? [found(measuredRecall)] : []),
		...(expectedCost === undefined ? [] : [`expected cost: ${trim(expectedCost)} per 1,000 parts`]),
		price(point),
	];
}

function found({ rate, low, high, n, interval }: Rate): string {
	const note = interval === 'simultaneous' ? ', the threshold having been chosen on them' : '';
	return `found ${percent1(rate)} of ${n} defective parts (95 %: ${percent1(low)} to ${percent1(high)}${note})`;
}

function price({ falseRejects }: OperatingPoint): string {
	if (!falseRejects) return 'false rejects unknown: no sound parts were scored';
	const { n, interval } = falseRejects;
	const note = interval === 'simultaneous' ? ', the threshold having been chosen on them' : '';
	return `expected false rejects: ${perThousand(falseRejects)} sound parts (95 %: ${range(falseRejects)}, from ${n} parts${note})`;
}

/** `9.0 per 1,000`. */
export function perThousand({ rate }: Rate): string {
	return `${trim(rate * 1000, 3)} per 1,000`;
}

/** The interval, per 1,000. */
export function range({ low, high }: Rate): string {
	return `${trim(low * 1000, 3)} to ${trim(high * 1000, 3)}`;
}

function percent1(share: number): string {
	return `${trim(share * 100, 3)} %`;
}

/** A number without the digits nobody reads. */
export function trim(value: number, digits = 4): string {
	return String(Number(value.toPrecision(digits)));
}
