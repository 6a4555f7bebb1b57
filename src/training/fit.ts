/** The training loop: batches in, steps, evaluations, the best weights out. */

import { AndonError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Graph } from '../graph/graph.ts';
import { type BatchOptions, createBatches } from './batches.ts';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Batch, Engine, EngineState } from './engines/engine.ts';
import { type ParameterLayout, withParameters } from './parameters.ts';
import { learningRate, type ScheduleOptions } from './schedule.ts';

export interface FitOptions extends Omit<BatchOptions, 'withMasks'> {
	readonly engine: Engine;
	readonly network: Graph;
	readonly layout: ParameterLayout;
	readonly steps: number;
	readonly schedule: ScheduleOptions;
	/** Decay of the exponential average of the weights that is evaluated and exported; 0 uses the weights themselves. */
	readonly averageDecay: number;
	/** Steps between evaluations. */
	readonly evaluateEvery: number;
	/** Evaluations without a better metric after which the run stops; 0 never stops early. */
	readonly patience: number;
	/** Scores a network. */
	readonly evaluate: (network: Graph, step: number) => Promise<Evaluated>;
	readonly onProgress?: (progress: FitProgress) => void;
	readonly checkpoint?: { readonly path: string; readonly configuration: string; readonly resume: boolean };
}

export interface Evaluated {
	/** What chooses the weights; larger is better. */
	readonly metric: number;
	/** Other figures worth a curve, by name. */
	readonly figures?: Readonly<Record<string, number>>;
}

export interface FitProgress {
	readonly step: number;
	readonly steps: number;
	/** Mean loss and terms since the last report. */
	readonly loss: number;
	readonly terms: Readonly<Record<string, number>>;
	readonly gradientNorm: number;
	readonly learningRate: number;
	readonly imagesPerSecond: number;
	/** The latest evaluation, and the best one. */
	readonly metric?: number;
	readonly best?: number;
}

export interface HistoryEntry {
	readonly step: number;
	readonly loss: number;
	readonly terms: Readonly<Record<string, number>>;
	readonly metric: number;
	readonly figures?: Readonly<Record<string, number>>;
	readonly learningRate: number;
	readonly gradientNorm: number;
}

export interface FitResult {
	/** The network with the best weights. */
	readonly network: Graph;
	readonly best: { readonly step: number; readonly metric: number };
	readonly history: readonly HistoryEntry[];
	readonly stoppedEarly: boolean;
}

/**
 * Trains until the steps are done or the metric stops improving, and gives back the best weights.
 *
 * @throws TRAINING_DIVERGED when the loss is no longer a number; the last good checkpoint stays
 */
export async function fit(options: FitOptions): Promise<FitResult> {
	const run = new FitRun(options);
	if (options.checkpoint?.resume)
		run.resume(await loadCheckpoint(options.checkpoint.path, options.checkpoint.configuration));
	return run.go();
}

class FitRun {
	readonly #options: FitOptions;
	readonly #window = new LossWindow();
	#random: Random;
	#nextBatch: (step: number) => Batch;
	#average: Float32Array | undefined;
	#best: (EngineState & { metric: number }) | undefined;
	#history: HistoryEntry[] = [];

	constructor(options: FitOptions) {
		this.#options = options;
		this.#random = new Random(options.seed, 2);
		this.#nextBatch = createBatches(batchOptions(options), this.#random);
		if (options.averageDecay > 0) this.#average = options.engine.state().weights.slice();
	}

	resume({ engine, average, random, best, history }: Checkpoint): void {
		this.#options.engine.restore(engine);
		this.#average = average;
		this.#random = Random.restore(random);
		this.#nextBatch = createBatches(batchOptions(this.#options), this.#random);
		this.#best = best && { ...best, optimizer: [] };
		this.#history = history as HistoryEntry[];
	}

	async go(): Promise<FitResult> {
		const { engine, steps, evaluateEvery, patience } = this.#options;
		let stoppedEarly = false;
		while (engine.state().step < steps && !stoppedEarly) {
			await this.#step();
			const { step } = engine.state();
			if (step % evaluateEvery !== 0 && step !== steps) continue;
			await this.#evaluate();
			stoppedEarly = patience > 0 && this.#evaluationsSinceBest() >= patience;
			await this.#save();
		}
		const { step, metric, weights, running } = this.#best!;
		const network = withParameters(this.#options.network, this.#options.layout, weights, running);
		return { network, best: { step, metric }, history: this.#history, stoppedEarly };
	}

	async #step(): Promise<void> {
		const { engine, schedule, steps, averageDecay, batch, onProgress } = this.#options;
		const { step } = engine.state();
		const rate = learningRate(schedule, step, steps);
		const result = await engine.step(this.#nextBatch(step), rate);
		if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) throw diverged(step, result.loss);
		if (this.#average) blend(this.#average, engine.state().weights, Math.min(averageDecay, (step + 1) / (step + 10)));
		this.#window.add(result.loss, result.terms, result.gradientNorm, batch);
		onProgress?.({
			step: step + 1,
			steps,
			...this.#window.summary(),
			learningRate: rate,
			metric: this.#history.at(-1)?.metric,
			best: this.#best?.metric,
		});
	}

	async #evaluate(): Promise<void> {
		const { engine, network, layout, schedule, steps, evaluate } = this.#options;
		const state = engine.state();
		const weights = this.#average?.slice() ?? state.weights;
		const { metric, figures } = await evaluate(withParameters(network, layout, weights, state.running), state.step);
		if (!this.#best || metric > this.#best.metric) this.#best = { ...state, weights, metric, optimizer: [] };
		const { loss, terms, gradientNorm } = this.#window.summary();
		const rate = learningRate(schedule, state.step - 1, steps);
		this.#history.push({ step: state.step, loss, terms, gradientNorm, metric, figures, learningRate: rate });
		this.#window.clear();
	}

	#evaluationsSinceBest(): number {
		return this.#history.filter(({ step }) => step > this.#best!.step).length;
	}

	async #save(): Promise<void> {
		const { checkpoint, engine } = this.#options;
		if (!checkpoint) return;
		const { step, metric, weights, running } = this.#best!;
		await saveCheckpoint(checkpoint.path, {
			configuration: checkpoint.configuration,
			engine: engine.state() as Checkpoint['engine'],
			average: this.#average,
			random: [...this.#random.save()],
			best: { step, metric, weights, running },
			history: this.#history,
		});
	}
}

function batchOptions(options: FitOptions): BatchOptions {
	return { ...options, withMasks: options.network.outputs.some((output) => output.name === 'mask_logits') };
}

function blend(average: Float32Array, weights: Float32Array, decay: number): void {
	for (let i = 0; i < average.length; i++) average[i] += (1 - decay) * (weights[i] - average[i]);
}

/** Means over the steps since the last evaluation, and the pace. */
class LossWindow {
	#loss = 0;
	#terms: Record<string, number> = {};
	#gradientNorm = 0;
	#count = 0;
	#images = 0;
	#since = performance.now();

	add(loss: number, terms: Readonly<Record<string, number>>, gradientNorm: number, images: number): void {
		this.#loss += loss;
		for (const [name, value] of Object.entries(terms)) this.#terms[name] = (this.#terms[name] ?? 0) + value;
		this.#gradientNorm = gradientNorm;
		this.#count++;
		this.#images += images;
	}

	summary() {
		const mean = (total: number) => total / Math.max(1, this.#count);
		return {
			loss: mean(this.#loss),
			terms: Object.fromEntries(Object.entries(this.#terms).map(([name, total]) => [name, mean(total)])),
			gradientNorm: this.#gradientNorm,
			imagesPerSecond: (1000 * this.#images) / (performance.now() - this.#since),
		};
	}

	clear(): void {
		this.#loss = 0;
		this.#terms = {};
		this.#count = 0;
		this.#images = 0;
		this.#since = performance.now();
	}
}

function diverged(step: number, loss: number): AndonError {
	return new AndonError('TRAINING_DIVERGED', {
		expected: 'a finite loss and gradient',
		found: `${loss} at step ${step + 1}`,
		fix: 'Lower the learning rate or the clipping norm; the last good checkpoint is kept.',
	});
}
