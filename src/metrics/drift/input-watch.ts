/** All figures of one camera's parts under test, each with its share of the false alarms. */
import { ALL_BETS, UPWARD_BETS } from './bets.ts';
import { type Change, ChangeTest, type ChangeTestState } from './change-test.ts';
import { type DriftReference, heldInMix, LEAST_PARTS, measure } from './drift-reference.ts';
import { type InputStatistics, STATISTICS, type StatisticName } from './input-statistics.ts';

export interface Alarm<Part> extends Change<Part> {
	readonly statistic: StatisticName;
}

export interface InputWatchSetup {
	readonly reference: DriftReference;
	/** On average at most one false alarm in so many parts, of all figures together. */
	readonly falseAlarmParts: number;
	/** Share of the line's parts that are defective, roughly. */
	readonly defectiveShare: number;
}

export type InputWatchState<Part> = Partial<Record<StatisticName, ChangeTestState<Part>>>;

export class InputWatch<Part> {
	readonly #reference: DriftReference;
	readonly #chance: () => number;
	readonly #tests = new Map<StatisticName, ChangeTest<Part>>();

	/**
	 * @param chance uniform on [0,1)
	 * @param state of an earlier watch with the same setup
	 */
	constructor(setup: InputWatchSetup, chance: () => number, state: InputWatchState<Part> = {}) {
		const { reference, defectiveShare, falseAlarmParts } = setup;
		this.#reference = reference;
		this.#chance = chance;
		const held = heldInMix(reference, defectiveShare);
		if (held.length < LEAST_PARTS) throw new TypeError('too few held parts in this mix');
		const names = STATISTICS.filter((name) => reference.cutPoints[name]);
		for (const name of names) {
			const testSetup = {
				cutPoints: reference.cutPoints[name]!,
				held: held.map((part) => part.values[name]!),
				bets: name === 'texture' ? UPWARD_BETS : ALL_BETS,
				falseAlarmParts: falseAlarmParts * names.length,
			};
			this.#tests.set(name, new ChangeTest(testSetup, state[name]));
		}
	}

	/** What is watched. */
	get statistics(): readonly StatisticName[] {
		return [...this.#tests.keys()];
	}

	/** @returns the alarms that began, and those that ended, with this part */
	add(statistics: InputStatistics, part: Part): { began: readonly Alarm<Part>[]; ended: readonly Alarm<Part>[] } {
		const values = measure(this.#reference.texture, statistics);
		const began: Alarm<Part>[] = [];
		const ended: Alarm<Part>[] = [];
		for (const [statistic, test] of this.#tests) {
			const value = values[statistic];
			if (value === undefined) continue;
			const { change } = test;
			const turn = test.add(value, part, this.#chance());
			if (turn === 'began') began.push({ statistic, ...test.change! });
			if (turn === 'ended') ended.push({ statistic, ...change! });
		}
		return { began, ended };
	}

	/** The alarms that stand, in the order of STATISTICS. */
	alarms(): readonly Alarm<Part>[] {
		return [...this.#tests].flatMap(([statistic, { change }]) => (change ? [{ statistic, ...change }] : []));
	}

	/** The figure in which neighbours resemble each other most; undefined when too few parts were seen. */
	mostCorrelated(): { readonly statistic: StatisticName; readonly correlation: number } | undefined {
		const found = [...this.#tests].flatMap(([statistic, { correlation }]) =>
			correlation === undefined ? [] : [{ statistic, correlation }],
		);
		return found.sort((a, b) => b.correlation - a.correlation)[0];
	}

	/** Ends all alarms by decree. */
	reset(): void {
		for (const test of this.#tests.values()) test.reset();
	}

	state(): InputWatchState<Part> {
		return Object.fromEntries([...this.#tests].map(([name, test]) => [name, test.state()]));
	}
}
