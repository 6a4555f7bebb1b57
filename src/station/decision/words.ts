/** Verdicts and sizes in a technician's words. */
import type { Defect } from '../inspection.ts';

/** `Crack, 3.1 mm², 4.2 mm long`; in px when no scale is known. */
export function sayDefect({ class: name = 'defect', areaPx, areaMm2, lengthPx, lengthMm }: Defect): string {
	return areaMm2 === undefined || lengthMm === undefined
		? `${name}, ${say(areaPx)} px², ${say(lengthPx)} px long`
		: `${name}, ${say(areaMm2)} mm², ${say(lengthMm)} mm long`;
}

/** `2 defects, 0.31 mm² together`. */
export function sayDefects(defects: readonly Defect[]): string {
	if (defects.length === 0) return 'no defect marked';
	const inMm = defects[0].areaMm2 !== undefined;
	const area = defects.reduce((sum, { areaMm2, areaPx }) => sum + (inMm ? (areaMm2 ?? 0) : areaPx), 0);
	const count = defects.length === 1 ? '1 defect' : `${defects.length} defects`;
	return `${count}, ${say(area)} ${inMm ? 'mm²' : 'px²'} together`;
}

/** Two scores with as many digits as it takes to tell them apart. */
export function sayScores(score: number, other: number): [string, string] {
	for (let digits = 3; digits < 17; digits++)
		if (score === other || score.toFixed(digits) !== other.toFixed(digits))
			return [score.toFixed(digits), other.toFixed(digits)];
	return [String(score), String(other)];
}

/** Whole from 100 on, two digits below. */
function say(size: number): string {
	return size >= 100 ? size.toFixed(0) : String(Number(size.toPrecision(2)));
}
