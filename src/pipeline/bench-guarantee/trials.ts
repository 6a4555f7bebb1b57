/** One repetition of each promise: draw a sample, choose a threshold by it, and look up what is true of that threshold. */
import { AndonError } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import { bestF1 } from '../../metrics/best-f1.ts';
import type { Rate } from '../../metrics/operating-point.ts';
import { labelled } from '../../metrics/operating-points/cuts-of.ts';
import { guaranteedRecall } from '../../metrics/operating-points/guaranteed-recall.ts';
import { maxRecall } from '../../metrics/operating-points/max-recall.ts';
import { rateOf } from '../../metrics/operating-points/share-flagged.ts';
import type { Distribution } from './distribution.ts';
import type { Line } from './lines.ts';

export interface Setting {
	/** Wanted recall r; of max-recall the share of sound parts that must pass. */
	readonly r: number;
	readonly delta: number;
	/** Parts that the promise rests on. */
	readonly n: number;
}

/** For each promise whether one repetition broke it. */
export type Trial = (random: Random) => readonly boolean[];

/** Rounding of a tail that is exactly r must not count. */
const SLACK = 1e-12;

/** A guaranteed recall, and best F1 and the intervals of both thresholds' false rejects on the very same draws. */
export function recallTrial({ defective, sound }: Line, { r, delta, n }: Setting, soundParts: number): Trial {
	const options = { recall: r, confidence: 1 - delta, candidates: 1, perClass: false };
	const plain = remembered((count) => rateOf(count, soundParts)!);
	const afterChoosing = remembered((count) => rateOf(count, soundParts, 'threshold')!);
	const isOutside = (intervals: (count: number) => Rate, threshold: number, scores: readonly number[]) => {
		const { low, high } = intervals(flagged(scores, threshold));
		const rate = sound.atLeast(threshold);
		return rate < low - SLACK || rate > high + SLACK;
	};
	return (random) => {
		const scores = { defective: sample(defective, n, random), sound: sample(sound, soundParts, random) };
		const certified = guaranteedRecall.choose(scores, options).threshold;
		const fitted = bestF1(labelled(scores))!.threshold;
		return [
			defective.atLeast(certified) < r - SLACK,
			defective.atLeast(fitted) < r - SLACK,
			isOutside(plain, certified, scores.sound),
			isOutside(afterChoosing, fitted, scores.sound),
		];
	};
}

/** A guaranteed recall alone, for larger n. */
export function guaranteeTrial({ defective }: Line, { r, delta, n }: Setting): Trial {
	const options = { recall: r, confidence: 1 - delta, candidates: 1, perClass: false };
	return (random) => {
		const scores = { defective: sample(defective, n, random), sound: [] };
		return [defective.atLeast(guaranteedRecall.choose(scores, options).threshold) < r - SLACK];
	};
}

/** A guaranteed budget of false rejects. Where sound parts score 1 it may be refused: then nothing was promised. */
export function budgetTrial({ sound }: Line, { r, delta, n }: Setting): Trial {
	const options = { budget: 1 - r, confidence: 1 - delta, candidates: 1 };
	return (random) => {
		const scores = { defective: [], sound: sample(sound, n, random) };
		const threshold = unlessRefused(() => maxRecall.choose(scores, options).threshold);
		return [threshold !== undefined && sound.atLeast(threshold) > 1 - r + SLACK];
	};
}

/** A guaranteed recall of each class: broken as soon as one class is found less often. */
export function classTrial(classes: readonly Distribution[], { r, delta, n }: Setting): Trial {
	const options = { recall: r, confidence: 1 - delta, candidates: 1, perClass: true };
	return (random) => {
		const parts = classes.map((of) => sample(of, n, random));
		const perClass = Object.fromEntries(parts.map((scores, i) => [`class ${i}`, scores]));
		const { threshold } = guaranteedRecall.choose({ defective: parts.flat(), sound: [], perClass }, options);
		return [classes.some((of) => of.atLeast(threshold) < r - SLACK)];
	};
}

/** Several models are certified on the same parts and the one that flags least is taken: with δ split, and without. */
export function candidatesTrial({ defective }: Line, { r, delta, n }: Setting, candidates: number): Trial {
	return (random) => {
		const models = Array.from({ length: candidates }, () => sample(defective, n, random));
		const chosenWith = (split: number) => {
			const options = { recall: r, confidence: 1 - delta, candidates: split, perClass: false };
			const thresholds = models.map(
				(scores) => guaranteedRecall.choose({ defective: scores, sound: [] }, options).threshold,
			);
			return Math.max(...thresholds);
		};
		return [candidates, 1].map((split) => defective.atLeast(chosenWith(split)) < r - SLACK);
	};
}

function unlessRefused(choose: () => number): number | undefined {
	try {
		return choose();
	} catch (error) {
		if (error instanceof AndonError && error.code === 'POINT_UNREACHABLE') return undefined;
		throw error;
	}
}

function sample(of: Distribution, n: number, random: Random): number[] {
	return Array.from({ length: n }, () => of.draw(random));
}

function flagged(scores: readonly number[], threshold: number): number {
	return scores.filter((score) => score >= threshold).length;
}

/** There are only as many counts as parts, so each interval is computed once. */
function remembered(compute: (count: number) => Rate): (count: number) => Rate {
	const known = new Map<number, Rate>();
	return (count) => {
		const rate = known.get(count) ?? compute(count);
		known.set(count, rate);
		return rate;
	};
}
