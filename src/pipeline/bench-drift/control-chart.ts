/** The peer: a control chart per figure with limits for a normal distribution (Shewhart 1931), at the same stated rate. */
import type { HeldPart } from '../../metrics/drift/drift-reference.ts';
import { STATISTICS, type StatisticName } from '../../metrics/drift/input-statistics.ts';
import { normalQuantile } from '../../metrics/normal-quantile.ts';

export class ControlChart {
	readonly #limits: readonly { name: StatisticName; low: number; high: number }[];

	/** @param falseAlarmParts what its limits would give if figures were normal and their moments known */
	constructor(held: readonly HeldPart[], falseAlarmParts: number) {
		const names = STATISTICS.filter((name) => held[0].values[name] !== undefined);
		const reach = -normalQuantile(1 / (2 * falseAlarmParts * names.length));
		this.#limits = names.map((name) => {
			const values = held.map((part) => part.values[name]!);
			const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
			const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
			return { name, low: mean - reach * deviation, high: mean + reach * deviation };
		});
	}

	/** Whether any figure of the part is outside its limits. */
	alarms(values: HeldPart['values']): boolean {
		return this.#limits.some(({ name, low, high }) => values[name]! < low || values[name]! > high);
	}
}
