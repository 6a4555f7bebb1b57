/** Trains one network of the demonstration on a small problem, with the gradient watch looking on. */
import type { Graph } from '../../graph/graph.ts';
import { plainDeep, plainDeepOptions } from '../../networks/plain-deep.ts';
import { openOrtEngine } from '../engines/ort/ort-engine.ts';
import { type GradientWarning, GradientWatch } from '../gradient-health.ts';
import { LOSSES } from '../losses/index.ts';
import { OPTIMIZERS } from '../optimizers/index.ts';
import { parameterLayout } from '../parameters.ts';
import { TraceRecorder } from '../run-trace.ts';
import type { DemonstrationCase } from './demonstration-cases.ts';
import { squares } from './squares.ts';

const BATCH = 16;
const FILTERS = 8;

/** Guessing costs ln 2 = 0.69. */
const LEARNT = 0.5;

export interface DemonstrationOptions {
	readonly steps: number;
	readonly seed: number;
	readonly threads?: number;
}

export interface Demonstration {
	readonly settings: DemonstrationCase;
	/** Steps that were taken; fewer than wanted when the loss was no number any more. */
	readonly steps: number;
	readonly layers: readonly string[];
	/** Norm of each layer's gradient over the first steps, the layer at the input first. */
	readonly norms: readonly number[];
	/** First layer's gradient against the last one's. */
	readonly ratio: number;
	/** Means over the first and the last tenth of the steps; null when it was no number any more. */
	readonly loss: { readonly first: number | null; readonly last: number | null };
	/** Whether the loss fell well below that of guessing. */
	readonly learns: boolean;
	readonly warnings: readonly GradientWarning[];
}

export async function demonstrate(
	settings: DemonstrationCase,
	{ steps, seed, threads }: DemonstrationOptions,
): Promise<Demonstration> {
	const problem = squares(BATCH, seed);
	const network = networkOf(settings, problem.size, seed);
	const layout = parameterLayout(network);
	const engine = await openEngine(settings, network, threads);
	const watch = new GradientWatch(network, steps);
	const trace = new TraceRecorder(network, steps);
	trace.follow(layout);
	const losses: number[] = [];
	try {
		while (losses.length < steps && losses.every(Number.isFinite)) {
			const result = await engine.step(problem.next(), settings.rate);
			const step = losses.push(Number.isFinite(result.gradientNorm) ? result.loss : Number.NaN);
			watch.observe(step, layout, result, () => engine.state().weights);
			if (Number.isFinite(losses.at(-1))) trace.add(step, result, settings.rate);
		}
	} finally {
		await engine.close();
	}
	trace.flush();
	const { layers, points } = trace.trace();
	const norms = points[0]?.norms ?? [];
	const ratio = norms[0] / norms.at(-1)!;
	return { settings, steps: losses.length, layers, norms, ratio, ...outcome(losses), warnings: watch.warnings };
}

function networkOf(
	{ layers, activation, residual, batchNorm, initializer }: DemonstrationCase,
	size: number,
	seed: number,
): Graph {
	const shape = { width: size, height: size, filters: FILTERS, layers };
	return plainDeep(plainDeepOptions.parse({ ...shape, activation, residual, batchNorm, initializer, seed }));
}

function openEngine({ optimizer, clipNorm, clipValue }: DemonstrationCase, network: Graph, threads?: number) {
	return openOrtEngine({
		network,
		layout: parameterLayout(network),
		batch: BATCH,
		losses: [{ name: 'bce', output: 'score_logits', weight: 1, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS[optimizer].create({}),
		clipNorm,
		clipValue,
		momentum: 0.1,
		threads,
	});
}

function outcome(losses: readonly number[]): Pick<Demonstration, 'loss' | 'learns'> {
	const tenth = Math.ceil(losses.length / 10);
	const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
	const [first, last] = [losses.slice(0, tenth), losses.slice(-tenth)].map(mean);
	const known = (value: number) => (Number.isFinite(value) ? value : null);
	return { loss: { first: known(first), last: known(last) }, learns: last < LEARNT };
}
