/** A new operating point from the scores that a bundle carries: no images and no model are needed. */
import { AndonError } from '../base/errors.ts';
import { type BestF1, bestF1 } from '../metrics/best-f1.ts';
import { lowerBound } from '../metrics/binomial.ts';
import { certifyThreshold, fixedThreshold } from '../metrics/certify-threshold.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import { certifyingScores, type PartScores } from './calibration.ts';
import type { Precision } from './manifest.ts';
import type { Bundle } from './open-bundle.ts';
import { draftFrom, writeBundle } from './write-bundle.ts';

/** Wanted: a recall to certify, or a threshold to take as it is. */
export type TuneTarget = { readonly recall: number } | { readonly threshold: number };

export interface Tuning {
	readonly operatingPoint: OperatingPoint;
	/** The point that the bundle had. */
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

/**
 * @param precision whose scores to choose on; the default model's unless given
 * @throws RECALL_NOT_CERTIFIABLE, or BUNDLE_INVALID when the bundle has no scores for the precision
 */
export function tune(
	bundle: Bundle,
	target: TuneTarget,
	confidence: number,
	precision: Precision = bundle.defaultPrecision,
): Tuning {
	const { defective, sound } = scoresOf(bundle, precision);
	const operatingPoint =
		'recall' in target
			? certifyThreshold(defective, { recall: target.recall, confidence, precision, soundScores: sound })
			: fixedThreshold(target.threshold, { precision, soundScores: sound });
	const misses = defective.filter((score) => score < operatingPoint.threshold).length;
	const labelled = (scores: readonly number[], isDefective: boolean) =>
		scores.map((score) => ({ score, defective: isDefective }));
	return {
		operatingPoint,
		before: bundle.manifest.operatingPoint,
		parts: { defective: defective.length, sound: sound.length },
		audit: { misses, recallAtLeast: lowerBound(defective.length - misses, defective.length, confidence), confidence },
		bestF1: bestF1([...labelled(defective, true), ...labelled(sound, false)]) ?? null,
	};
}

/** Writes the bundle again with another operating point, everything else byte for byte as it was. */
export async function writeOperatingPoint(bundle: Bundle, operatingPoint: OperatingPoint): Promise<Bundle> {
	const { manifest, files } = draftFrom(bundle);
	return writeBundle(bundle.dir, { manifest: { ...manifest, operatingPoint }, files });
}

function scoresOf(bundle: Bundle, precision: Precision): PartScores {
	const calibration = bundle.calibration();
	const scores = certifyingScores(calibration, precision);
	if (scores) return scores;
	throw new AndonError('BUNDLE_INVALID', {
		expected: `a ${precision} score for every part of the split ${calibration.certifyingSplit}`,
		found: 'parts without one',
		fix: 'Choose the precision that the bundle was calibrated on, or train it again.',
	});
}
