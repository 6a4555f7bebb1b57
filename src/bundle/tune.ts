/** A new operating point from scores: those that a bundle carries, or fresh ones of the same models. */
import { AndonError } from '../base/errors.ts';
import { type BestF1, bestF1 } from '../metrics/best-f1.ts';
import { lowerBound } from '../metrics/binomial.ts';
import type { OperatingPoint, Rate } from '../metrics/operating-point.ts';
import { checkHalves, type HalvesCheck, isWithin } from '../metrics/operating-points/check-halves.ts';
import { labelled } from '../metrics/operating-points/cuts-of.ts';
import { choosePoint, type PointMethod, type PointOptions } from '../metrics/operating-points/index.ts';
import { shareFlagged } from '../metrics/operating-points/share-flagged.ts';
import type { PartScores } from '../metrics/part-scores.ts';
import { CALIBRATION_FILE, type Calibration, certifyingScores } from './calibration.ts';
import { type Precision, REPORT_FILE } from './manifest.ts';
import type { Bundle } from './open-bundle.ts';
import { operatingPointOf, withOperatingPoint } from './operating-point-of.ts';
import { draftFrom, writeBundle } from './write-bundle.ts';

/** Wanted: a method of the table and its options. */
export interface TuneTarget<M extends PointMethod = PointMethod> {
	readonly method: M;
	readonly options: PointOptions<M>;
}

export interface Tuning {
	readonly operatingPoint: OperatingPoint;
	/** The point that the bundle had for this precision. */
	readonly before: OperatingPoint;
	/** Certifying parts, one per physical part. */
	readonly parts: {
		readonly defective: number;
		readonly sound: number;
		/** Defective parts by class; a part that shows two defects is one of either. */
		readonly perClass: Readonly<Record<string, number>>;
	};
	/**
	 * What these defective parts say of the threshold: how many fall below it, and the recall that this proves with the
	 * given confidence, provided the threshold was not chosen by looking at them.
	 */
	readonly audit: { readonly misses: number; readonly recallAtLeast: number; readonly confidence: number };
	/** Whether the false rejects are as stated, where parts are left to look. */
	readonly check: {
		/** Half of the sound parts against the other half. */
		readonly halves?: HalvesCheck;
		/** The other splits that the bundle holds scores of. They were used in training, so they may look better. */
		readonly otherSplits: readonly SplitCheck[];
	};
	/** For comparison; promises no recall. */
	readonly bestF1: BestF1 | null;
}

export interface SplitCheck {
	readonly split: string;
	readonly recall?: Rate;
	readonly falseRejects?: Rate;
	/** Whether these false rejects lie in the interval that the point states. */
	readonly isWithin?: boolean;
}

export interface TuneOptions {
	/** Confidence of the audit. */
	readonly confidence: number;
	/** Whose scores to choose on; the default model's unless given. */
	readonly precision?: Precision;
	/** Scores to choose on; the bundle's own unless given. */
	readonly calibration?: Calibration;
}

/** @throws RECALL_NOT_CERTIFIABLE, POINT_UNREACHABLE, USAGE, or BUNDLE_INVALID when there are no scores for the precision */
export function tune<M extends PointMethod>(bundle: Bundle, target: TuneTarget<M>, options: TuneOptions): Tuning {
	const { confidence, precision = bundle.defaultPrecision } = options;
	const scores = tuningScores(bundle, options);
	const { defective, sound, perClass = {} } = scores;
	const operatingPoint = choosePoint(target.method, target.options, { scores, precision });
	const misses = defective.filter((score) => score < operatingPoint.threshold).length;
	return {
		operatingPoint,
		before: operatingPointOf(bundle.manifest, precision),
		parts: {
			defective: defective.length,
			sound: sound.length,
			perClass: Object.fromEntries(Object.entries(perClass).map(([name, parts]) => [name, parts.length])),
		},
		audit: { misses, recallAtLeast: lowerBound(defective.length - misses, defective.length, confidence), confidence },
		check: {
			halves: checkHalves(target.method, target.options, scores, precision),
			otherSplits: checkSplits(options.calibration ?? bundle.calibration(), operatingPoint),
		},
		bestF1: bestF1(labelled(scores)) ?? null,
	};
}

function checkSplits(calibration: Calibration, { threshold, precision, falseRejects }: OperatingPoint): SplitCheck[] {
	const splits = new Set(calibration.exposures.map(({ split }) => split));
	splits.delete(calibration.certifyingSplit);
	return [...splits].flatMap((split) => {
		const scores = certifyingScores({ ...calibration, certifyingSplit: split }, precision);
		if (!scores) return [];
		const rejects = shareFlagged(threshold, scores.sound);
		return {
			split,
			recall: shareFlagged(threshold, scores.defective),
			falseRejects: rejects,
			...(rejects && falseRejects && { isWithin: isWithin(rejects.rate, falseRejects) }),
		};
	});
}

/** The scores that a point is chosen from. @throws BUNDLE_INVALID */
export function tuningScores(
	bundle: Bundle,
	{ precision = bundle.defaultPrecision, calibration = bundle.calibration() }: Omit<TuneOptions, 'confidence'>,
): PartScores {
	const scores = certifyingScores(calibration, precision, bundle.manifest.classes);
	if (scores) return scores;
	throw new AndonError('BUNDLE_INVALID', {
		expected: `a ${precision} score for every part of the split ${calibration.certifyingSplit}`,
		found: 'parts without one',
		fix: 'Choose the precision that the bundle was calibrated on, or train it again.',
	});
}

/**
 * Writes the bundle again with another operating point for one of its models, everything else byte for byte as it was, but
 * without its report, which speaks of the point before.
 *
 * @param calibration the scores that the point was chosen on, when they are not the bundle's own: they replace those
 */
export async function writeOperatingPoint(
	bundle: Bundle,
	operatingPoint: OperatingPoint,
	calibration?: Calibration,
): Promise<Bundle> {
	const { manifest, files } = draftFrom(bundle);
	const scores = calibration ? [[CALIBRATION_FILE, `${JSON.stringify(calibration)}\n`] as const] : [];
	return writeBundle(bundle.dir, {
		manifest: withOperatingPoint(manifest, operatingPoint),
		files: new Map([...[...files].filter(([path]) => path !== REPORT_FILE), ...scores]),
	});
}
