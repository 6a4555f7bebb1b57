/** What parts looked like in calibration, ready to compare with. */
import { type InputStatistics, STATISTICS, type StatisticName } from './input-statistics.ts';
import { cutPointsOf } from './rank-counts.ts';
import { type TextureBank, textureBankOf, textureDistance } from './texture-bank.ts';

export interface HeldPart {
	readonly defective: boolean;
	readonly values: Readonly<Partial<Record<StatisticName, number>>>;
}

/**
 * Two halves that share no part: a bank, which says how to measure (cut points, known surfaces), and parts held out from
 * it, which say how such measures come out.
 */
export interface DriftReference {
	readonly cutPoints: Readonly<Partial<Record<StatisticName, readonly number[]>>>;
	readonly texture: TextureBank;
	readonly held: readonly HeldPart[];
}

export interface MeasuredPart extends InputStatistics {
	readonly defective: boolean;
}

/** Parts that each half needs. */
export const LEAST_PARTS = 20;
/** Known surfaces beyond these are left out: comparing with one more costs every part time. */
const MOST_SIGNATURES = 300;

/**
 * @param bank its signatures should be of sound parts
 * @throws TypeError when a half is too small: ask before, with LEAST_PARTS
 */
export function driftReferenceOf(bank: readonly InputStatistics[], held: readonly MeasuredPart[]): DriftReference {
	if (bank.length < LEAST_PARTS || held.length < LEAST_PARTS) throw new TypeError('too few parts for a reference');
	const texture = textureBankOf(evenly(bank, MOST_SIGNATURES).map((part) => part.signature));
	const cutPoints: Partial<Record<StatisticName, readonly number[]>> = {};
	const heldParts = held.map(({ defective, ...part }) => ({ defective, values: measure(texture, part) }));
	for (const name of STATISTICS) {
		if (heldParts.some((part) => part.values[name] === undefined)) continue;
		if (name === 'score') cutPoints.score = SCORE_CUT_POINTS;
		// Distances of the bank to itself would be too small; those of held parts choose nothing but the scale.
		else if (name === 'texture') cutPoints.texture = DISTANCE_CUT_POINTS;
		else cutPoints[name] = cutPointsOf(bank.map((part) => part.values[name]!));
	}
	return { cutPoints, texture, held: heldParts };
}

/** The figures of a part, its distance from the known surfaces among them. */
export function measure(texture: TextureBank, { values, signature }: InputStatistics): HeldPart['values'] {
	return { ...values, texture: textureDistance(texture, signature) };
}

/** Scores are probabilities: cut where their log odds are multiples of a quarter, which needs no parts to choose from. */
const SCORE_CUT_POINTS = Array.from({ length: 97 }, (_, i) => 1 / (1 + Math.exp(12 - 0.25 * i)));
/** Steps of 5 % from 0.05 to 50 deviations. */
const DISTANCE_CUT_POINTS = Array.from({ length: 142 }, (_, i) => 0.05 * 1.05 ** i);

/** At most `most`, evenly spread over the list. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
	if (items.length <= most) return items;
	return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]);
}

/**
 * The held parts in the mix that the line has: calibration sets hold far more defective parts.
 *
 * @param defectiveShare of the line's parts, 0 to 1 (below 1)
 */
export function heldInMix({ held }: DriftReference, defectiveShare: number): readonly HeldPart[] {
	const sound = held.filter((part) => !part.defective);
	const defective = held.filter((part) => part.defective);
	const odds = defectiveShare / (1 - defectiveShare);
	const soundUsed = odds === 0 ? sound.length : Math.min(sound.length, Math.round(defective.length / odds));
	return [...evenly(sound, soundUsed), ...evenly(defective, Math.round(odds * soundUsed))];
}
