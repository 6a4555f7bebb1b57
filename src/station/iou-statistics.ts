/** IoU over the last parts, each kind in a window of its own: an estimate and a measurement are never averaged together. */
import type { Inspection } from './inspection.ts';
import type { ExpectedIouStats, IouStats, MeasuredIouStats } from './station-view.ts';

/** Values that a mean is of. */
const WINDOW = 1000;

/** Where the truth came from that a mask was measured against. */
export type TruthSource = keyof MeasuredIouStats;

interface Value {
	readonly iou: number;
	/** ISO 8601. */
	readonly at: string;
}

export class IouStatistics {
	#expected: Value[] = [];
	#corrected = false;
	readonly #measured: Record<TruthSource, Value[]> = { simulated: [], golden: [], labelled: [] };

	/** Takes a part of the line: what is expected of it, and what was measured where the camera knew the truth. */
	add({ expectedIou, expectedIouCorrected = false, measuredIou, isSimulated, times }: Inspection): void {
		if (measuredIou !== undefined) this.addMeasured(isSimulated ? 'simulated' : 'labelled', measuredIou, times.end);
		if (expectedIou === undefined) return;
		// Another bundle runs: what is corrected is not averaged with what is not.
		if (expectedIouCorrected !== this.#corrected) this.#expected = [];
		this.#corrected = expectedIouCorrected;
		push(this.#expected, { iou: expectedIou, at: times.end });
	}

	addMeasured(source: TruthSource, iou: number, at = new Date().toISOString()): void {
		push(this.#measured[source], { iou, at });
	}

	figures(): { readonly expectedIou: ExpectedIouStats; readonly measuredIou: MeasuredIouStats } {
		const expected = statsOf(this.#expected);
		const { simulated, golden, labelled } = this.#measured;
		return {
			expectedIou: { ...expected, ...(expected.n > 0 && { corrected: this.#corrected }) },
			measuredIou: { simulated: statsOf(simulated), golden: statsOf(golden), labelled: statsOf(labelled) },
		};
	}
}

function push(values: Value[], value: Value): void {
	if (values.push(value) >= 2 * WINDOW) values.splice(0, values.length - WINDOW);
}

function statsOf(values: readonly Value[]): IouStats {
	const last = values.slice(-WINDOW);
	if (last.length === 0) return { n: 0 };
	const mean = last.reduce((sum, { iou }) => sum + iou, 0) / last.length;
	return { n: last.length, mean, from: last[0].at, to: last.at(-1)!.at };
}
