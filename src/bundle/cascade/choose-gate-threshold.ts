/** How low a gate's score must be for a part to be gated: chosen on parts that certify nothing. */
import { AndonError } from '../../base/errors.ts';
import type { Precision } from '../names.ts';
import { PARITY_TOLERANCES } from '../parity.ts';
import type { GatedExposure } from './composite-scores.ts';

export interface GateChoice {
	readonly threshold: number;
	/** Flagged defective images that chose it, and how many of them the gate lets through. */
	readonly chosenOn: { readonly split: string; readonly parts: number; readonly kept: number };
}

interface Wanted {
	/** Share of the flagged defective images that must pass on. */
	readonly keep: number;
	/** Not chosen but given. */
	readonly threshold?: number;
	readonly split: string;
	/** Of the inspector's default model, with its threshold. */
	readonly precision: Precision;
	readonly inspectorThreshold: number;
	readonly gatePrecision: Precision;
}

type Flagged = Omit<Wanted, 'keep' | 'threshold'>;

/**
 * The highest threshold that keeps the share, less what another host may differ by, so that no part tips there. Only the
 * defective images count that the inspector flags: the gate cannot lose what the inspector does not find.
 *
 * @throws DATASET_INVALID without such images
 */
export function chooseGateThreshold(exposures: readonly GatedExposure[], wanted: Wanted): GateChoice {
	const { keep, split } = wanted;
	const scores = flaggedGateScores(exposures, wanted);
	if (scores.length === 0)
		throw new AndonError('DATASET_INVALID', {
			expected: `defective images in \`${split}\` that the inspector flags, to choose the gate's threshold on`,
			found: 'none',
			fix: 'Use a dataset whose `val` split shows defects.',
		});
	// Of 1000 images and 0.999 one may be lost, not two through a rounding error.
	const losable = Math.floor((1 - keep) * scores.length + 1e-9);
	const threshold = wanted.threshold ?? below(scores[Math.min(losable, scores.length - 1)], wanted.gatePrecision);
	const kept = scores.filter((score) => score >= threshold).length;
	return { threshold, chosenOn: { split, parts: scores.length, kept } };
}

/** The highest threshold that would gate none of the flagged defective images of a split. */
export function harmlessThreshold(exposures: readonly GatedExposure[], wanted: Flagged): number {
	const [lowest = 0] = flaggedGateScores(exposures, wanted);
	return below(lowest, wanted.gatePrecision);
}

/** Ascending. */
function flaggedGateScores(
	exposures: readonly GatedExposure[],
	{ split, precision, inspectorThreshold }: Flagged,
): readonly number[] {
	return exposures
		.filter((each) => each.split === split && each.defective && each.inspectorScores[precision] >= inspectorThreshold)
		.map(({ gate }) => gate)
		.sort((a, b) => a - b);
}

function below(score: number, precision: Precision): number {
	return Math.max(0, score - PARITY_TOLERANCES[precision].maxScoreDifference);
}
