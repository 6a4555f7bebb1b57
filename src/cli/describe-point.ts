/** An operating point in the words of the person who answers for it. */
import type { OperatingPoint } from '../metrics/operating-point.ts';

/** Lines: the threshold, what it promises, what it costs. */
export function describePoint(point: OperatingPoint): string[] {
	return [`${trim(point.threshold)} (${point.precision} scores, flagged at or above)`, promise(point), price(point)];
}

function promise({ method, recall = 0, confidence = 0, n = 0, toleratedMisses = 0 }: OperatingPoint): string {
	if (method === 'fixed') return 'set by a person: promises no recall';
	const misses = toleratedMisses === 1 ? '1 miss' : `${toleratedMisses} misses`;
	return (
		`finds at least ${percent(recall)} of defective parts, with ${percent(confidence)} confidence ` +
		`(from ${n} defective parts, ${misses} tolerated), while camera, light, product and defects stay the same`
	);
}

function price({ falseRejects }: OperatingPoint): string {
	if (!falseRejects) return 'false rejects unknown: no sound parts were scored';
	const { rate, low, high, n } = falseRejects;
	const per1000 = (share: number) => trim(share * 1000, 3);
	return `expected false rejects: ${per1000(rate)} per 1,000 sound parts (95 %: ${per1000(low)} to ${per1000(high)}, from ${n} parts)`;
}

export function percent(share: number): string {
	return `${trim(share * 100, 5)} %`;
}

/** A number without the digits nobody reads. */
export function trim(value: number, digits = 4): string {
	return String(Number(value.toPrecision(digits)));
}
