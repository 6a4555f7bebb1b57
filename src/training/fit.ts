/** The training loop: batches in, steps, evaluations, the best weights out. */

import { AndonError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import type { Graph } from '../graph/graph.ts';
import { type BatchOptions, createBatches } from './batches.ts';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Batch, Engine, EngineState, StepResult } from './engines/engine.ts';
import {
	type GradientHealth,
	type GradientWarning,
	GradientWatch,
	gradientHealth,
	type WatchState,
} from './gradient-health.ts';
import { carry, type ParameterLayout, withParameters } from './parameters.ts';
import { type RunTrace, type TracePoint, TraceRecorder } from './run-trace.ts';
import { learningRate, type ScheduleOptions } from './schedule.ts';

export interface FitOptions extends Omit<BatchOptions, 'withMasks'> {
	readonly engine: Engine;
	readonly network: Graph;
	readonly layout: ParameterLayout;
	readonly steps: number;
	readonly schedule: ScheduleOptions;
	/** Unfreezes parameters in the middle of the run. */
	readonly fineTune?: FineTune;
	/** Decay of the exponential average of the weights that is evaluated and exported; 0 uses the weights themselves. */
	readonly averageDecay: number;
	/** Steps between evaluations. */
	readonly evaluateEvery: number;
	/** Evaluations without a better metric after which the run stops; 0 never stops early. */
	readonly patience: number;
	/** Scores a network. */
	readonly evaluate: (network: Graph, step: number) => Promise<Evaluated>;
	readonly onProgress?: (progress: FitProgress) => void;
	/** Is told once of every kind of trouble with gradients. */
	readonly onWarning?: (warning: GradientWarning) => void;
	readonly checkpoint?: { readonly path: string; readonly configuration: string; readonly resume: boolean };
}

export interface Evaluated {
	/** What chooses the weights; larger is better. */
	readonly metric: number;
	/** Other figures worth a curve, by name. */
	readonly figures?: Readonly<Record<string, number>>;
}

export interface FineTune {
	/** The first step, counted from 0, that trains all of `trainable`. */
	readonly step: number;
	/** Every parameter that trains from there on; those of the layout included. */
	readonly trainable: readonly string[];
	/** The highest learning rate of the schedule that starts there anew. */
	readonly rate: number;
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
	readonly trace: RunTrace;
	readonly gradients: GradientHealth;
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
		await run.resume(await loadCheckpoint(options.checkpoint.path, options.checkpoint.configuration));
	return run.go();
}

class FitRun {
	readonly #options: FitOptions;
	readonly #window = new LossWindow();
	#random: Random;
	#nextBatch: (step: number) => Batch;
	#average: Float32Array | undefined;
	#best: (EngineState & { metric: number; phase: number }) | undefined;
	/** The layout before and, once it has begun, in fine-tuning. */
	#layouts: readonly ParameterLayout[];
	#history: HistoryEntry[] = [];
	readonly #trace: TraceRecorder;
	readonly #watch: GradientWatch;

	constructor(options: FitOptions) {
		this.#options = options;
		this.#layouts = [options.layout];
		this.#trace = new TraceRecorder(options.network, options.steps);
		this.#trace.follow(options.layout);
		this.#watch = new GradientWatch(options.network, options.steps);
		this.#random = new Random(options.seed, 2);
		this.#nextBatch = createBatches(batchOptions(options), this.#random);
		if (options.averageDecay > 0) this.#average = options.engine.state().weights.slice();
	}

	async resume({ engine, phase, average, random, best, history, trace, watch }: Checkpoint): Promise<void> {
		const { engine: fresh, fineTune } = this.#options;
		if (phase === 1 && fineTune) {
			fresh.restore({ ...fresh.state(), step: fineTune.step });
			await this.#unfreeze(fineTune);
		}
		fresh.restore(engine);
		this.#average = average;
		this.#random = Random.restore(random);
		this.#nextBatch = createBatches(batchOptions(this.#options), this.#random);
		this.#best = best && { ...best, optimizer: [] };
		this.#history = history as HistoryEntry[];
		this.#trace.restore(trace as TracePoint[]);
		if (watch) this.#watch.restore(watch as WatchState);
	}

	async go(): Promise<FitResult> {
		const { engine, steps, evaluateEvery } = this.#options;
		// A finished run that is resumed has nothing left to do.
		let stoppedEarly = this.#isExhausted();
		while (engine.state().step < steps && !stoppedEarly) {
			await this.#step();
			const { step } = engine.state();
			if (step % evaluateEvery !== 0 && step !== steps) continue;
			await this.#evaluate();
			stoppedEarly = this.#isExhausted();
			await this.#save();
		}
		const { step, metric, phase, weights, running } = this.#best!;
		const network = withParameters(this.#options.network, this.#layouts[phase], weights, running);
		const trace = this.#trace.trace();
		const gradients = gradientHealth(trace, this.#watch.warnings);
		return { network, best: { step, metric }, history: this.#history, trace, gradients, stoppedEarly };
	}

	/** Weights of before stay where they are, in the average as well; what joins starts its average at its weights. */
	async #unfreeze({ trainable }: FineTune): Promise<void> {
		const { engine } = this.#options;
		const layout = await engine.setTrainable(trainable);
		if (this.#average)
			this.#average = carry(
				this.#layouts[0].trainable,
				this.#average,
				layout.trainable,
				engine.state().weights.slice(),
			);
		this.#layouts = [this.#layouts[0], layout];
		this.#trace.follow(layout);
	}

	async #step(): Promise<void> {
		const { engine, steps, averageDecay, batch, fineTune, onProgress } = this.#options;
		const { step } = engine.state();
		if (fineTune && step >= fineTune.step && this.#phase === 0) await this.#unfreeze(fineTune);
		const rate = rateAt(this.#options, step);
		const result = await engine.step(this.#nextBatch(step), rate);
		this.#observe(step + 1, result);
		if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm))
			throw diverged(step, result.loss, this.#watch.warnings);
		if (this.#average) blend(this.#average, engine.state().weights, Math.min(averageDecay, (step + 1) / (step + 10)));
		this.#trace.add(step + 1, result, rate);
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

	#observe(step: number, result: StepResult): void {
		const { engine, onWarning } = this.#options;
		const noticed = this.#watch.observe(step, this.#layouts[this.#phase], result, () => engine.state().weights);
		for (const warning of noticed) onWarning?.(warning);
	}

	async #evaluate(): Promise<void> {
		const { engine, network, evaluate } = this.#options;
		const state = engine.state();
		const phase = this.#phase;
		const weights = this.#average?.slice() ?? state.weights;
		const candidate = withParameters(network, this.#layouts[phase], weights, state.running);
		const { metric, figures } = await evaluate(candidate, state.step);
		if (!this.#best || metric > this.#best.metric) this.#best = { ...state, weights, metric, phase, optimizer: [] };
		const { loss, terms, gradientNorm } = this.#window.summary();
		const rate = rateAt(this.#options, state.step - 1);
		this.#history.push({ step: state.step, loss, terms, gradientNorm, metric, figures, learningRate: rate });
		this.#window.clear();
		this.#trace.flush();
	}

	get #phase(): number {
		return this.#layouts.length - 1;
	}

	get #lastPhase(): number {
		return this.#options.fineTune ? 1 : 0;
	}

	/** Fine-tuning gets its full patience, however long ago the best evaluation was. */
	#isExhausted(): boolean {
		const { patience, fineTune } = this.#options;
		if (patience === 0 || this.#phase !== this.#lastPhase || !this.#best) return false;
		const since = Math.max(this.#best.step, fineTune?.step ?? 0);
		return this.#history.filter(({ step }) => step > since).length >= patience;
	}

	async #save(): Promise<void> {
		const { checkpoint, engine } = this.#options;
		if (!checkpoint) return;
		const { step, metric, phase, weights, running } = this.#best!;
		await saveCheckpoint(checkpoint.path, {
			configuration: checkpoint.configuration,
			engine: engine.state() as Checkpoint['engine'],
			phase: this.#phase,
			average: this.#average,
			random: [...this.#random.save()],
			best: { step, metric, phase, weights, running },
			history: this.#history,
			trace: [...this.#trace.points()],
			watch: this.#watch.save(),
		});
	}
}

function batchOptions(options: FitOptions): BatchOptions {
	return { ...options, withMasks: options.network.outputs.some((output) => output.name === 'mask_logits') };
}

/** The schedule runs over the steps in front of fine-tuning, and once more, at its own rate, over those of fine-tuning. */
function rateAt({ schedule, steps, fineTune }: FitOptions, step: number): number {
	if (!fineTune) return learningRate(schedule, step, steps);
	if (step < fineTune.step) return learningRate(schedule, step, fineTune.step);
	return learningRate({ ...schedule, rate: fineTune.rate }, step - fineTune.step, steps - fineTune.step);
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

function diverged(step: number, loss: number, warnings: readonly GradientWarning[]): AndonError {
	return new AndonError('TRAINING_DIVERGED', {
		expected: 'a finite loss and gradient',
		found: [`${loss} at step ${step + 1}`, ...warnings.map(({ message }) => message)].join('. '),
		fix: 'Lower the learning rate or the clipping norm; the last good checkpoint is kept.',
	});
}
