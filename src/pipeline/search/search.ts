/** Searches for better settings within a budget: random trials, the best of which get longer runs. */
import { join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import type { FitProgress } from '../../training/fit.ts';
import type { Splits, TrainRequest } from '../train-request.ts';
import { runTrial, type TrialRequest, type TrialResult } from '../trials/run-trial.ts';
import { type Drawn, drawSettings, withSteps } from './draw-settings.ts';
import { type Plan, planFor } from './keep-plan.ts';
import { type Rung, secondsOf } from './plan-search.ts';

export interface SearchRequest extends TrainRequest {
	readonly trials: number;
	/** Time limit of the search. */
	readonly minutes?: number;
	/** Told the rounds and, under a time limit, how long they will take. */
	readonly onPlan?: (rounds: readonly Rung[], seconds: number | undefined) => void;
	readonly onTrial?: (trial: SearchTrial, result: TrialResult) => void;
	/** Progress over the whole search, in images. */
	readonly onSearchProgress?: (done: number, total: number, name: string, progress: FitProgress) => void;
}

/** A trial and how far it came. */
export interface SearchTrial {
	/** Counted from 0; 0 is the settings as they were given. */
	readonly trial: number;
	readonly drawn: Drawn | null;
	/** Metric on `val` of each round it took part in; null where it diverged. */
	readonly metrics: readonly (number | null)[];
}

export interface SearchResult {
	readonly rounds: readonly Rung[];
	/** The best first. */
	readonly trials: readonly SearchTrial[];
	/** Runs of the plan that were left out because time was up. */
	readonly leftOut: number;
	/** Of all runs, however many sittings they took. */
	readonly seconds: number;
}

export interface Found {
	readonly search: SearchResult;
	/** The best trial's last run, whose checkpoint lies in its folder. */
	readonly winner: TrialRequest;
}

/**
 * Successive halving over random settings. `test` is never touched. The same seed, trials and rounds give the same result;
 * trials that are finished are not run again.
 *
 * @throws USAGE when the trials do not fit into the time, TRAINING_DIVERGED when all of them diverge
 */
export async function search(request: SearchRequest, splits: Splits): Promise<Found> {
	const { rounds, pace } = await planFor(request, splits);
	request.onPlan?.(rounds, pace && secondsOf(rounds, pace));
	const state: State = { metrics: new Map(), images: 0, seconds: 0, leftOut: 0 };
	let field = Array.from({ length: rounds[0].trials }, (_, trial) => trial);
	for (const [level, { trials }] of rounds.entries()) {
		const finished = await runRound(request, splits, { rounds, pace }, level, field.slice(0, trials), state);
		field = ranked(finished, state).filter((trial) => state.metrics.get(trial)!.at(-1) !== null);
		if (field.length === 0) throw allDiverged(finished.length);
	}
	return {
		search: resultOf(request, rounds, state),
		winner: trialRequest(request, splits, rounds, rounds.length - 1, field[0]),
	};
}

/** What changes during a search. */
interface State {
	/** By trial. */
	readonly metrics: Map<number, (number | null)[]>;
	images: number;
	seconds: number;
	leftOut: number;
}

/** @returns the trials that finished the round */
async function runRound(
	request: SearchRequest,
	splits: Splits,
	plan: Plan,
	level: number,
	field: readonly number[],
	state: State,
): Promise<readonly number[]> {
	const { rounds } = plan;
	const { batch } = request.options;
	const total = rounds.reduce((sum, { trials, steps }) => sum + trials * steps * batch, 0);
	const finished: number[] = [];
	for (const trial of field) {
		if (finished.length > 0 && timeIsUp(request, plan, level, state)) {
			state.leftOut++;
			continue;
		}
		const one = trialRequest(request, splits, rounds, level, trial);
		const before = state.images;
		const onProgress = (progress: FitProgress) =>
			request.onSearchProgress?.(before + progress.step * one.options.batch, total, one.name, progress);
		const result = await runTrial({ ...one, onProgress });
		state.images += rounds[level].steps * batch;
		state.seconds += result.seconds;
		state.metrics.set(trial, [...(state.metrics.get(trial) ?? []), result.metric]);
		finished.push(trial);
		request.onTrial?.(describe(request, trial, state), result);
		await save(request, rounds, state);
	}
	return finished;
}

/** Whether another run of this round would take the time of the later ones. */
function timeIsUp({ minutes }: SearchRequest, { rounds, pace }: Plan, level: number, { seconds }: State): boolean {
	if (minutes === undefined || !pace) return false;
	const next = secondsOf([{ ...rounds[level], trials: 1 }, ...rounds.slice(level + 1)], pace);
	return seconds + next > minutes * 60;
}

/** Only the last round evaluates now and then and stops early: shorter ones are judged by where they end. */
function trialRequest(
	{ dataset, options, runDir, engine, threads }: SearchRequest,
	splits: Splits,
	rounds: readonly Rung[],
	level: number,
	trial: number,
): TrialRequest {
	const settings = withSteps(drawSettings(options, trial), options, rounds[level].steps);
	const last = level === rounds.length - 1;
	return {
		dataset,
		splits,
		options: last ? settings : { ...settings, evaluations: 1, patience: 0 },
		name: `trial ${trial} round ${level + 1}`,
		root: join(runDir, 'trials'),
		scoreTest: false,
		engine,
		threads,
	};
}

/** Those that came further first, and of them the better ones. */
function ranked(trials: readonly number[], { metrics }: State): number[] {
	const of = (trial: number) => metrics.get(trial)!;
	const last = (trial: number) => of(trial).at(-1) ?? Number.NEGATIVE_INFINITY;
	return trials.toSorted((a, b) => of(b).length - of(a).length || last(b) - last(a) || a - b);
}

function describe({ options }: SearchRequest, trial: number, { metrics }: State): SearchTrial {
	return { trial, drawn: drawSettings(options, trial).drawn, metrics: metrics.get(trial)! };
}

function resultOf(request: SearchRequest, rounds: readonly Rung[], state: State): SearchResult {
	const trials = ranked([...state.metrics.keys()], state).map((trial) => describe(request, trial, state));
	return { rounds, trials, leftOut: state.leftOut, seconds: state.seconds };
}

function save(request: SearchRequest, rounds: readonly Rung[], state: State): Promise<void> {
	const text = JSON.stringify(resultOf(request, rounds, state), null, '\t');
	return writeAtomic(join(request.runDir, 'search.json'), `${text}\n`);
}

function allDiverged(trials: number): AndonError {
	return new AndonError('TRAINING_DIVERGED', {
		expected: 'at least one trial to train',
		found: `all ${trials} diverged`,
		fix: 'Lower schedule.rate, or clip gradients with clipNorm, and search again.',
	});
}
