/** What happened step by step, thinned so that a run of any length fits into a report. */
import type { Graph } from '../graph/graph.ts';
import type { StepResult } from './engines/engine.ts';
import { type ParameterLayout, parameterLayout } from './parameters.ts';

/** Means over the steps since the point before. */
export interface TracePoint {
	/** The last of these steps, counted from 1. */
	readonly step: number;
	readonly loss: number;
	readonly terms: Readonly<Record<string, number>>;
	readonly learningRate: number;
	/** L2 norm of the gradient of each layer's weight, before clipping; 0 while it is frozen. */
	readonly norms: readonly number[];
}

export interface RunTrace {
	/** Names of the layers' weights, from the input to the output; what never trained is left out. */
	readonly layers: readonly string[];
	readonly points: readonly TracePoint[];
}

/** Points of a whole run, about. */
const POINTS = 120;

/** Biases and normalisations are left out: a layer is as healthy as its weight. */
export class TraceRecorder {
	readonly #layers: readonly string[];
	readonly #every: number;
	readonly #points: TracePoint[] = [];
	/** Where each layer stands among the gradient norms; −1 while it is frozen. */
	#places: readonly number[] = [];
	#window: { readonly result: StepResult; readonly learningRate: number }[] = [];
	#step = 0;

	constructor(network: Graph, steps: number) {
		this.#layers = parameterLayout(network).trainable.flatMap(({ name, dims }) => (dims.length > 1 ? [name] : []));
		this.#every = Math.ceil(steps / POINTS);
	}

	/** Takes the gradient norms of the next steps to be of this layout. */
	follow({ trainable }: ParameterLayout): void {
		this.flush();
		this.#places = this.#layers.map((layer) => trainable.findIndex(({ name }) => name === layer));
	}

	add(step: number, result: StepResult, learningRate: number): void {
		this.#step = step;
		this.#window.push({ result, learningRate });
		if (step % this.#every === 0) this.flush();
	}

	/** Ends a point early, so that a checkpoint holds whole points only. */
	flush(): void {
		if (this.#window.length === 0) return;
		const results = this.#window.map(({ result }) => result);
		const mean = (read: (result: StepResult) => number) => short(sum(results.map(read)) / results.length);
		this.#points.push({
			step: this.#step,
			loss: mean(({ loss }) => loss),
			terms: Object.fromEntries(Object.keys(results[0].terms).map((name) => [name, mean(({ terms }) => terms[name])])),
			learningRate: short(sum(this.#window.map((entry) => entry.learningRate)) / results.length),
			norms: this.#places.map((place) => (place < 0 ? 0 : mean(({ gradientNorms }) => gradientNorms[place]))),
		});
		this.#window = [];
	}

	/** Goes on after the points of a checkpoint. */
	restore(points: readonly TracePoint[]): void {
		this.#points.splice(0, this.#points.length, ...points);
		this.#window = [];
	}

	/** The points as they are, for a checkpoint. */
	points(): readonly TracePoint[] {
		return [...this.#points];
	}

	trace(): RunTrace {
		const trained = this.#layers.map((_, i) => this.#points.some(({ norms }) => norms[i] > 0));
		const kept = <T>(list: readonly T[]) => list.filter((_, i) => trained[i]);
		return {
			layers: kept(this.#layers),
			points: this.#points.map((point) => ({ ...point, norms: kept(point.norms) })),
		};
	}
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}

/** Four digits are more than a curve can show. */
function short(value: number): number {
	return Number(value.toPrecision(4));
}
