/** What the drift watch learns of a part: the look of the frame as the model saw it, and the score that came of it. */
import type { SeenFrame } from '../../bundle/frame-inspector.ts';
import { frameStatistics } from '../../imaging/frame-statistics.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';

export function inputStatisticsOf({ pixels, inspected }: SeenFrame): InputStatistics {
	const { signature, ...values } = frameStatistics(pixels);
	return { values: { ...values, score: inspected.score }, signature };
}
