/** What the drift watch learns of a part: the look of the frame as the model saw it, and the score that came of it. */
import type { SeenFrame } from '../../bundle/frame-inspector.ts';
import { frameStatistics } from '../../imaging/frame-statistics.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';

/** @param isGated the model has a gate */
export function inputStatisticsOf({ pixels, inspected }: SeenFrame, isGated = false): InputStatistics {
	const { signature, ...values } = frameStatistics(pixels);
	// Behind a gate scores are of two kinds, and of which depends on the threshold: they tell nothing of drift.
	return { values: isGated ? values : { ...values, score: inspected.score }, signature };
}
