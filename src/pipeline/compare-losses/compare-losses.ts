/** Losses compared over seeds: equal steps, equal settings, everything chosen on `val`, quoted on `test`. */
import { AndonError } from '../../base/errors.ts';
import { NETWORKS } from '../../networks/index.ts';
import type { Dataset } from '../../training/datasets/dataset.ts';
import type { FitProgress } from '../../training/fit.ts';
import { parseLosses } from '../../training/losses/parse-losses.ts';
import type { TrainOptions } from '../../training/train-options.ts';
import { loadSplits } from '../load-splits.ts';
import type { Splits } from '../train-request.ts';
import { rememberedTrial, runTrial, type TrialRequest, type TrialResult } from '../trials/run-trial.ts';
import { mean } from './statistics.ts';

export interface CompareLossesRequest {
	readonly dataset: Dataset;
	/** Everything but the compared losses and the seed, which is the first of the seeds. */
	readonly options: TrainOptions;
	/** As they are written, such as `bce+dice`. */
	readonly losses: readonly string[];
	/** The head whose losses are compared; losses on the other one stay. */
	readonly on: 'mask' | 'score';
	readonly seeds: number;
	/** Holds every finished run, which is not run again. */
	readonly runDir: string;
	readonly threads?: number;
	/** Progress over all runs that are still to do, in steps. */
	readonly onProgress?: (done: number, total: number, run: string, progress: FitProgress) => void;
	readonly onRun?: (name: string, result: TrialResult) => void;
}

export interface ComparedLoss {
	/** As it was written. */
	readonly name: string;
	/** One a seed. */
	readonly runs: readonly TrialResult[];
}

export interface LossComparison {
	readonly dataset: string;
	readonly on: 'mask' | 'score';
	readonly steps: number;
	readonly seeds: readonly number[];
	readonly losses: readonly ComparedLoss[];
	/** The loss that `val` chooses: the best mean metric. Null when all runs diverged. */
	readonly chosen: string | null;
	/** Of all runs, however many sittings they took. */
	readonly seconds: number;
}

/**
 * Runs every loss with every seed, seed by seed, so that an interrupted comparison has whole rows.
 *
 * @throws USAGE for losses that cannot be read, CONFIG_INVALID for a network without the head
 */
export async function compareLosses(request: CompareLossesRequest): Promise<LossComparison> {
	const { dataset, options, on } = request;
	expectHead(request);
	const seeds = Array.from({ length: request.seeds }, (_, i) => options.seed + i);
	const plan = planOf(request, seeds);
	const results = await runAll(request, plan, await loadSplits(dataset, options));
	const losses = request.losses.map((name) => ({
		name,
		runs: results.filter((_, i) => plan[i].loss === name),
	}));
	const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
	return { dataset: dataset.name, on, steps: options.steps, seeds, losses, chosen: chosenOf(losses), seconds };
}

interface Planned {
	readonly loss: string;
	readonly name: string;
	readonly options: TrainOptions;
}

/** Stopping early would give some losses fewer steps than others. */
function planOf({ options, losses, on }: CompareLossesRequest, seeds: readonly number[]): Planned[] {
	const lists = new Map(losses.map((text) => [text, lossesWith(options.losses, text, on)]));
	return seeds.flatMap((seed) =>
		losses.map((loss) => ({
			loss,
			name: `${loss} seed ${seed}`,
			options: { ...options, losses: lists.get(loss)!, seed, patience: 0 },
		})),
	);
}

function lossesWith(losses: TrainOptions['losses'], text: string, on: 'mask' | 'score'): TrainOptions['losses'] {
	const compared = parseLosses(text).map((term) => ({ ...term, on, options: { ...term.options } }));
	return [...compared, ...losses.filter((term) => term.on !== on)];
}

async function runAll(
	{ dataset, options, runDir, threads, onProgress, onRun }: CompareLossesRequest,
	plan: readonly Planned[],
	splits: Splits,
): Promise<readonly TrialResult[]> {
	const trials = plan.map((one): TrialRequest => ({ ...one, dataset, splits, root: runDir, scoreTest: true, threads }));
	const known = await Promise.all(trials.map(rememberedTrial));
	const total = known.filter((result) => !result).length * options.steps;
	let done = 0;
	const results: TrialResult[] = [];
	for (const [i, trial] of trials.entries()) {
		const report = (progress: FitProgress) => onProgress?.(done + progress.step, total, trial.name, progress);
		const result = known[i] ?? (await runTrial({ ...trial, onProgress: report }));
		if (!known[i]) done += options.steps;
		results.push(result);
		onRun?.(trial.name, result);
	}
	return results;
}

/** A loss with a run that diverged is not chosen. */
function chosenOf(losses: readonly ComparedLoss[]): string | null {
	const safe = losses.flatMap(({ name, runs }) => {
		const metrics = runs.map(({ metric }) => metric);
		return metrics.every((metric) => metric !== null) ? [{ name, metric: mean(metrics) }] : [];
	});
	return safe.toSorted((a, b) => b.metric - a.metric)[0]?.name ?? null;
}

/** Without the head, losses on it would be left out and all runs would be the same. @throws CONFIG_INVALID */
function expectHead({ options, on }: CompareLossesRequest): void {
	const { width, height, channels, network } = options;
	const { outputs } = NETWORKS[network.name].create({ ...network.options, width, height, channels });
	if (outputs.some(({ name }) => name === `${on}_logits`)) return;
	throw new AndonError('CONFIG_INVALID', {
		expected: `a network with a ${on} head, whose losses are compared`,
		found: `${network.name} with ${outputs.map(({ name }) => name).join(', ')}`,
		fix: `Choose another network, or compare with --on ${on === 'mask' ? 'score' : 'mask'}.`,
	});
}
