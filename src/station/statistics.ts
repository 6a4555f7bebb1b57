/** What the last parts looked like, in figures. */
import { cascadeStats } from './cascade/cascade-stats.ts';
import type { Inspection, Verdict } from './inspection.ts';
import { IouStatistics, type TruthSource } from './iou-statistics.ts';
import type { Percentiles, StationStats } from './station-view.ts';

/** Parts that the figures are of. */
const WINDOW = 1000;

type Figures = Omit<StationStats, 'station' | 'at'>;

export class Statistics {
	#window: Inspection[] = [];
	readonly #ious = new IouStatistics();

	/** Takes a part of the line. */
	add(inspection: Inspection): void {
		this.#ious.add(inspection);
		this.#window.push(inspection);
		if (this.#window.length > 2 * WINDOW) this.#window = this.#window.slice(-WINDOW);
	}

	/** Takes what was measured on a part whose truth the camera did not know: a golden part, or one labelled afterwards. */
	addMeasuredIou(source: Exclude<TruthSource, 'simulated'>, iou: number): void {
		this.#ious.addMeasured(source, iou);
	}

	figures(): Figures {
		return { ...figuresOf(this.#window.slice(-WINDOW)), ...this.#ious.figures() };
	}
}

/** The figures of some parts, in the order in which they were decided. */
export function figuresOf(parts: readonly Inspection[]): Omit<Figures, 'expectedIou' | 'measuredIou'> {
	const from = parts[0]?.times.start;
	const to = parts.at(-1)?.times.end;
	const seconds = from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : 0;
	const inspected = parts.filter((part) => part.verdict !== 'not-inspected');
	return {
		window: { parts: parts.length, ...(from ? { from, to } : {}) },
		verdicts: countVerdicts(parts),
		latencyMs: {
			processing: percentilesOf(inspected.map((part) => part.times.processingMs)),
			inference: percentilesOf(inspected.map((part) => part.times.inferenceMs)),
		},
		...(seconds > 0 ? { partsPerSecond: parts.length / seconds } : {}),
		confusion: confusionOf(inspected),
		...cascadeStats(inspected),
	};
}

function countVerdicts(parts: readonly Inspection[]): Record<Verdict, number> {
	const counts = { ok: 0, defect: 0, review: 0, 'not-inspected': 0 };
	for (const { verdict } of parts) counts[verdict]++;
	return counts;
}

/** Nearest rank. */
export function percentilesOf(values: readonly number[]): Percentiles | undefined {
	if (values.length === 0) return undefined;
	const sorted = values.toSorted((a, b) => a - b);
	const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
	return { p50: at(0.5), p99: at(0.99) };
}

function confusionOf(inspected: readonly Inspection[]) {
	const count = (defective: boolean, passed: boolean) =>
		inspected.filter((part) => part.truth?.defective === defective && (part.verdict === 'ok') === passed).length;
	return { tp: count(true, false), fp: count(false, false), tn: count(false, true), fn: count(true, true) };
}
