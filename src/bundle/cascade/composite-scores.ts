/** The score of a part behind a gate: that of the inspector where the gate lets the part through, and what it counts as elsewhere. */
import type { Calibration } from '../calibration.ts';

type Exposure = Calibration['exposures'][number];
/** An exposure that both models have scored. */
export type GatedExposure = Exposure & Required<Pick<Exposure, 'gate' | 'inspectorScores'>>;

/**
 * The highest score that the inspector gives to a gated defective certifying part, by precision. At thresholds above it the
 * gate costs not one of these parts; at or below it, it would, and a station runs without the gate.
 */
export function floorsOf(
	exposures: readonly GatedExposure[],
	certifyingSplit: string,
	threshold: number,
): Record<string, number> {
	const lost = exposures.filter(
		({ split, defective, gate }) => split === certifyingSplit && defective && gate < threshold,
	);
	const precisions = Object.keys(exposures[0]?.inspectorScores ?? {});
	return Object.fromEntries(
		precisions.map((precision) => [precision, Math.max(0, ...lost.map((part) => part.inspectorScores[precision]))]),
	);
}

/**
 * Scores by which every threshold flags exactly the parts that a station flags at it: above the floor with the gate, where
 * a gated part is never flagged; at or below it without, where the inspector's own score decides. So a gated part has the
 * inspector's score, but at most the floor.
 */
export function compositeScores(
	{ gate, inspectorScores }: GatedExposure,
	threshold: number,
	floors: Readonly<Record<string, number>>,
): Record<string, number> {
	if (gate >= threshold) return inspectorScores;
	return Object.fromEntries(
		Object.entries(inspectorScores).map(([precision, score]) => [precision, Math.min(score, floors[precision] ?? 0)]),
	);
}

/** @returns undefined when an exposure was not scored by both models */
export function gatedExposures({ exposures }: Pick<Calibration, 'exposures'>): readonly GatedExposure[] | undefined {
	const scored = exposures.filter((each): each is GatedExposure => {
		return each.gate !== undefined && each.inspectorScores !== undefined;
	});
	return scored.length === exposures.length ? scored : undefined;
}
