/** A new operating point from scores: those that a bundle carries, or fresh ones of the same models. */
import { AndonError } from '../base/errors.ts';
import { type BestF1, bestF1 } from '../metrics/best-f1.ts';
import { lowerBound } from '../metrics/binomial.ts';
import { certifyThreshold, fixedThreshold } from '../metrics/certify-threshold.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { CALIBRATION_FILE, type Calibration, certifyingScores, type PartScores } from './calibration.ts';
import { type Precision, REPORT_FILE } from './manifest.ts';
import type { Bundle } from './open-bundle.ts';
import { operatingPointOf, withOperatingPoint } from './operating-point-of.ts';
import { draftFrom, writeBundle } from './write-bundle.ts';

/** Wanted: a recall to certify, or a threshold to take as it is. */
export type TuneTarget = { readonly recall: number } | { readonly threshold: number };

export interface Tuning {
	readonly operatingPoint: OperatingPoint;
	/** The point that the bundle had for this precision. */
	readonly before: OperatingPoint;
	/** Certifying parts, one per physical part. */
	readonly parts: { readonly defective: number; readonly sound: number };
	/**
	 * What these defective parts say of the threshold: how many fall below it, and the recall that this proves with the
	 * given confidence, provided the threshold was not chosen by looking at them.
	 */
	readonly audit: { readonly misses: number; readonly recallAtLeast: number; readonly confidence: number };
	/** For comparison; promises no recall. */
	readonly bestF1: BestF1 | null;
}

export interface TuneOptions {
	/** Confidence of the certificate, and of the audit of a fixed threshold. */
	readonly confidence: number;
	/** Whose scores to choose on; the default model's unless given. */
	readonly precision?: Precision;
	/** Scores to choose on; the bundle's own unless given. */
	readonly calibration?: Calibration;
}

/** @throws RECALL_NOT_CERTIFIABLE, or BUNDLE_INVALID when there are no scores for the precision */
export function tune(bundle: Bundle, target: TuneTarget, options: TuneOptions): Tuning {
	const { confidence, precision = bundle.defaultPrecision, calibration = bundle.calibration() } = options;
	const { defective, sound } = scoresOf(calibration, precision);
	const operatingPoint =
		'recall' in target
			? certifyThreshold(defective, { recall: target.recall, confidence, precision, soundScores: sound })
			: fixedThreshold(target.threshold, { precision, soundScores: sound });
	const misses = defective.filter((score) => score < operatingPoint.threshold).length;
	const labelled = (scores: readonly number[], isDefective: boolean) =>
		scores.map((score) => ({ score, defective: isDefective }));
	return {
		operatingPoint,
		before: operatingPointOf(bundle.manifest, precision),
		parts: { defective: defective.length, sound: sound.length },
		audit: { misses, recallAtLeast: lowerBound(defective.length - misses, defective.length, confidence), confidence },
		bestF1: bestF1([...labelled(defective, true), ...labelled(sound, false)]) ?? null,
	};
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

function scoresOf(calibration: Calibration, precision: Precision): PartScores {
	const scores = certifyingScores(calibration, precision);
	if (scores) return scores;
	throw new AndonError('BUNDLE_INVALID', {
		expected: `a ${precision} score for every part of the split ${calibration.certifyingSplit}`,
		found: 'parts without one',
		fix: 'Choose the precision that the bundle was calibrated on, or train it again.',
	});
}
