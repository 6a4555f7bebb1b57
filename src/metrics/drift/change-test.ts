/** The sequential test of one figure: has it changed since calibration, and since which part? */
import { normalQuantile } from '../normal-quantile.ts';
import type { Bet, ChangeKind } from './bets.ts';
import { Neighbours, type NeighboursState } from './neighbours.ts';
import { RankCounts } from './rank-counts.ts';

/** Parts after which a standing alarm is judged again, and which must all speak for calibration to end it. */
export const RECOVERY_PARTS = 200;
/** Parts that can be taken out of the counts again when they turn out to lie behind a change. */
const REMEMBERED = 500;

/** An alarm of one figure. */
export interface Change<Part> {
	readonly kind: ChangeKind;
	/** The first part after the likeliest moment of change. */
	readonly since: Part;
	/** The part at which the evidence sufficed. */
	readonly at: Part;
	/** Mean before, in calibration. */
	readonly before: number;
	/** Mean of the parts from `since` to `at`; once 200 parts have followed, of the newest 200. */
	readonly now: number;
}

interface Stake<Part> {
	/** Shiryaev–Roberts statistic of one bet. */
	evidence: number;
	/** Logarithm of the bet's gain since the moment when it was worst off (CUSUM). */
	gain: number;
	since: Part | undefined;
	sum: number;
	n: number;
}

/** What is kept over restarts; plain JSON. */
export interface ChangeTestState<Part> {
	readonly counts: readonly number[];
	readonly stakes: readonly Stake<Part>[];
	readonly recent: readonly number[];
	readonly change?: Change<Part>;
	readonly recovery: Recovery;
	readonly neighbours: NeighboursState;
}

interface Recovery {
	readonly n: number;
	readonly sum: number;
	/** Logarithm of each bet's gain. */
	readonly gains: readonly number[];
}

export interface ChangeTestSetup {
	readonly cutPoints: readonly number[];
	/** Values of calibration, none of which chose the cut points. */
	readonly held: readonly number[];
	readonly bets: readonly Bet[];
	/** On average at most one false alarm in so many parts. */
	readonly falseAlarmParts: number;
}

/**
 * Each part's value gets its conformal rank among calibration and all parts before it (`RankCounts`). If nothing has
 * changed (values are exchangeable) ranks are independent and uniform, so that every bet pays 1 on average whatever
 * happened before. R ← (1 + R) · payment then grows by 1 a part on average (Shiryaev 1963, Roberts 1966; as e-detector in
 * Shin, Ramdas, Rinaldo 2023, "E-detectors: a nonparametric framework for sequential change detection"; on conformal ranks
 * in Volkhonskiy et al. 2017, "Inductive conformal martingales for change-point detection"). An alarm is raised when the
 * mean R of all bets reaches A. With R set back to 0 after an alarm, A · (alarms so far) + R − (parts so far) cannot grow on
 * average: so the expected number of false alarms in N parts is at most N / A, for every N.
 */
export class ChangeTest<Part> {
	readonly #setup: ChangeTestSetup;
	readonly #counts: RankCounts;
	readonly #before: number;
	#stakes: Stake<Part>[];
	/** Intervals of the last parts, oldest first. */
	#recent: number[];
	#change: Change<Part> | undefined;
	#recovery: Recovery;
	readonly #neighbours: Neighbours;

	/** @param state of an earlier test with the same setup */
	constructor(setup: ChangeTestSetup, state?: ChangeTestState<Part>) {
		this.#setup = setup;
		this.#counts = new RankCounts(setup.cutPoints, state?.counts);
		if (!state) for (const value of setup.held) this.#counts.add(this.#counts.intervalOf(value));
		this.#before = setup.held.reduce((sum, value) => sum + value, 0) / setup.held.length;
		this.#stakes = state ? state.stakes.map((stake) => ({ ...stake })) : this.#freshStakes();
		this.#recent = [...(state?.recent ?? [])];
		this.#change = state?.change;
		this.#recovery = state?.recovery ?? this.#freshRecovery();
		this.#neighbours = new Neighbours(state?.neighbours);
	}

	/** The alarm that stands. */
	get change(): Change<Part> | undefined {
		return this.#change;
	}

	/** How much neighbours resemble each other, as a correlation; undefined when too few were seen. */
	get correlation(): number | undefined {
		return this.#neighbours.correlation;
	}

	/**
	 * Takes one part into account.
	 *
	 * @param chance uniform on [0,1), independent of everything
	 * @returns whether an alarm began or ended with it
	 */
	add(value: number, part: Part, chance: number): 'began' | 'ended' | undefined {
		const interval = this.#counts.intervalOf(value);
		const z = normalQuantile(this.#counts.rank(interval, chance));
		const payments = this.#setup.bets.map((bet) => bet.pays(z));
		if (this.#change) return this.#judgeRecovery(value, payments);
		this.#neighbours.add(z);
		this.#counts.add(interval);
		this.#recent.push(interval);
		if (this.#recent.length > 2 * REMEMBERED) this.#recent = this.#recent.slice(-REMEMBERED);
		return this.#stake(value, payments, part);
	}

	/** Ends an alarm by decree: all evidence is forgotten, what is counted stays. */
	reset(): void {
		this.#change = undefined;
		this.#stakes = this.#freshStakes();
		this.#recovery = this.#freshRecovery();
	}

	state(): ChangeTestState<Part> {
		return {
			counts: this.#counts.counts,
			stakes: this.#stakes,
			recent: this.#recent,
			...(this.#change ? { change: this.#change } : {}),
			recovery: this.#recovery,
			neighbours: this.#neighbours.state(),
		};
	}

	#stake(value: number, payments: readonly number[], part: Part): 'began' | undefined {
		let evidence = 0;
		for (const [i, stake] of this.#stakes.entries()) {
			stake.evidence = (1 + stake.evidence) * payments[i];
			evidence += stake.evidence;
			if (stake.gain <= 0) Object.assign(stake, { gain: 0, since: part, sum: 0, n: 0 });
			stake.gain += Math.log(payments[i]);
			stake.sum += value;
			stake.n++;
		}
		if (evidence / payments.length < this.#setup.falseAlarmParts) return undefined;
		this.#raise(part);
		return 'began';
	}

	#raise(at: Part): void {
		const best = this.#stakes.reduce((a, b) => (b.evidence > a.evidence ? b : a));
		const { kind } = this.#setup.bets[this.#stakes.indexOf(best)];
		this.#change = { kind, since: best.since!, at, before: this.#before, now: best.sum / best.n };
		// What lies behind the change must not become what later parts are compared with.
		for (const interval of this.#recent.splice(-best.n)) this.#counts.add(interval, -1);
		this.#recovery = this.#freshRecovery();
	}

	/** Nothing is counted while an alarm stands: ranks are among calibration and the parts before the change. */
	#judgeRecovery(value: number, payments: readonly number[]): 'ended' | undefined {
		const { n, sum, gains } = this.#recovery;
		const next = { n: n + 1, sum: sum + value, gains: gains.map((gain, i) => gain + Math.log(payments[i])) };
		this.#recovery = next;
		if (next.n < RECOVERY_PARTS) return undefined;
		if (next.gains.every((gain) => gain < 0)) {
			this.reset();
			return 'ended';
		}
		this.#change = { ...this.#change!, now: next.sum / next.n };
		this.#recovery = this.#freshRecovery();
		return undefined;
	}

	#freshStakes(): Stake<Part>[] {
		return this.#setup.bets.map(() => ({ evidence: 0, gain: 0, since: undefined, sum: 0, n: 0 }));
	}

	#freshRecovery(): Recovery {
		return { n: 0, sum: 0, gains: this.#setup.bets.map(() => 0) };
	}
}
