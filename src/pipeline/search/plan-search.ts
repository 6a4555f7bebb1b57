/** How a budget is shared among trials: many short runs, of which the best go on to longer ones. */
import { AndonError } from '../../base/errors.ts';

/** A round of the search. */
export interface Rung {
	readonly trials: number;
	/** Of the given batch size. */
	readonly steps: number;
}

/** What one run costs, in seconds. */
export interface Pace {
	readonly step: number;
	/** Opening, one evaluation and the scores at the end. */
	readonly run: number;
}

export interface Budget {
	readonly trials: number;
	/** Steps of the last round. */
	readonly steps: number;
	/** Undefined when time does not matter. */
	readonly minutes?: number;
}

/** A third goes on, with three times the steps (Jamieson and Talwalkar 2016; Li et al. 2018). */
export const KEEP = 3;

/** Shorter runs say nothing about longer ones. */
const FEWEST = 40;

/**
 * Successive halving: every round costs about the same. A time limit shortens all rounds alike.
 *
 * @throws USAGE when even the shortest rounds would take longer
 */
export function planSearch({ trials, steps, minutes }: Budget, pace: Pace): readonly Rung[] {
	const rounds = Math.max(1, Math.min(levels(trials), levels(steps / FEWEST)));
	const wanted = Array.from({ length: rounds }, (_, i) => ({
		trials: Math.max(1, Math.floor(trials / KEEP ** i)),
		steps: Math.round(steps / KEEP ** (rounds - 1 - i)),
	}));
	if (minutes === undefined) return wanted;
	const fixed = wanted.reduce((sum, rung) => sum + rung.trials * pace.run, 0);
	const stepping = secondsOf(wanted, pace) - fixed;
	const share = Math.min(1, (minutes * 60 - fixed) / stepping);
	const plan = wanted.map((rung) => ({ ...rung, steps: Math.floor(rung.steps * share) }));
	if (plan[0].steps >= Math.min(FEWEST, steps)) return plan;
	const least = fixed + stepping * (Math.min(FEWEST, steps) / wanted[0].steps);
	throw new AndonError('USAGE', {
		expected: `at least ${Math.ceil(least / 60)} minutes for ${trials} trials on this machine`,
		found: `${minutes}`,
		fix: 'Give more --minutes, try fewer --trials, or make images or network smaller.',
	});
}

/** Estimated time of a plan. */
export function secondsOf(plan: readonly Rung[], pace: Pace): number {
	return plan.reduce((sum, { trials, steps }) => sum + trials * (steps * pace.step + pace.run), 0);
}

/** How often a number can be divided by KEEP, counted from 1. */
function levels(count: number): number {
	return 1 + Math.floor(Math.log(Math.max(1, count)) / Math.log(KEEP) + 1e-9);
}
