/** Watches the gradients of a run layer by layer and says in plain words when they vanish, explode or die. */
import type { Graph } from '../graph/graph.ts';
import type { StepResult } from './engines/engine.ts';
import { type Layer, layerNorms, layersOf, weightNorms } from './gradient-health/layers.ts';
import { type Block, dead, exploding, type Finding, type Sign, stalled, vanishing } from './gradient-health/signs.ts';
import { nonFiniteWords, wordsFor } from './gradient-health/words.ts';
import type { ParameterLayout } from './parameters.ts';

export interface GradientWarning {
	readonly step: number;
	/** The layer that it is about, the first of several; empty for the whole network. */
	readonly layer: string;
	readonly kind: Sign;
	readonly message: string;
}

/** Norms by layer over a run, about a hundred points of time, and what was noticed. */
export interface GradientHealth {
	readonly steps: readonly number[];
	/** Layers with a kernel, from the input to the output. */
	readonly layers: readonly string[];
	/** L2 norm of each layer's gradient before clipping, one row a step; null while a layer is frozen. */
	readonly norms: readonly (readonly (number | null)[])[];
	/** L2 norm of each layer's weights. */
	readonly weightNorms: readonly (readonly (number | null)[])[];
	readonly warnings: readonly GradientWarning[];
}

/** The watch's memory, for checkpoints. */
export interface WatchState {
	readonly rows: readonly Row[];
	readonly warnings: readonly GradientWarning[];
	readonly pending: readonly Pending[];
	readonly first?: Block;
	readonly suspected: readonly Sign[];
	readonly blocks: number;
}

interface Row {
	readonly step: number;
	readonly names: readonly string[];
	readonly norms: readonly number[];
	readonly weights: readonly number[];
}

interface Pending {
	readonly norms: readonly number[];
	readonly total: number;
	readonly loss: number;
}

const POINTS = 100;

export class GradientWatch {
	readonly #network: Graph;
	readonly #steps: number;
	readonly #blockSteps: number;
	#layout: ParameterLayout | undefined;
	#layers: readonly Layer[] = [];
	#state: { -readonly [K in keyof WatchState]: WatchState[K] } = {
		rows: [],
		warnings: [],
		pending: [],
		suspected: [],
		blocks: 0,
	};

	/** @param steps of the whole run, which sets how finely it is followed */
	constructor(network: Graph, steps: number) {
		this.#network = network;
		this.#steps = steps;
		this.#blockSteps = Math.min(20, Math.max(5, Math.ceil(steps / POINTS)));
	}

	/**
	 * Takes one step.
	 *
	 * @param step counted from 1
	 * @param layout what trains now; it may change between steps
	 * @param weights gives the weights after the step
	 * @returns what is noticed for the first time
	 */
	observe(
		step: number,
		layout: ParameterLayout,
		{ loss, gradientNorm, gradientNorms }: StepResult,
		weights: () => Float32Array,
	): readonly GradientWarning[] {
		if (layout !== this.#layout) this.#follow(layout);
		const norms = layerNorms(this.#layers, gradientNorms);
		if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return this.#spoilt(step, norms);
		this.#state.pending = [...this.#state.pending, { norms, total: gradientNorm, loss }];
		if (this.#state.pending.length < this.#blockSteps) return [];
		const block = summarise(
			step,
			this.#layers,
			this.#state.pending,
			weightNorms(this.#layers, layout.trainable, weights()),
		);
		this.#state.pending = [];
		return this.#judge(block);
	}

	/** The whole run so far. */
	health(): GradientHealth {
		const { rows, warnings } = this.#state;
		const layers = [...new Set(rows.flatMap((row) => row.names))];
		const aligned = (row: Row, values: readonly number[]) =>
			layers.map((name) => {
				const at = row.names.indexOf(name);
				return at < 0 ? null : Number(values[at].toPrecision(4));
			});
		return {
			steps: rows.map((row) => row.step),
			layers,
			norms: rows.map((row) => aligned(row, row.norms)),
			weightNorms: rows.map((row) => aligned(row, row.weights)),
			warnings,
		};
	}

	save(): WatchState {
		return this.#state;
	}

	restore(state: WatchState): void {
		this.#state = { ...state };
	}

	/** Other layers train from here on: what was normal before says nothing about them. */
	#follow(layout: ParameterLayout): void {
		if (this.#layout) this.#state = { ...this.#state, pending: [], first: undefined, suspected: [] };
		this.#layout = layout;
		this.#layers = layersOf(layout);
	}

	#judge(block: Block): readonly GradientWarning[] {
		const first = (this.#state.first ??= block);
		const every = Math.ceil(this.#steps / this.#blockSteps / POINTS);
		if (this.#state.blocks++ % every === 0) {
			const { step, norms, weights } = block;
			const names = block.layers.map(({ name }) => name);
			this.#state.rows = [...this.#state.rows, { step, names, norms, weights }];
		}
		const fading = vanishing(block);
		const findings = [
			fading,
			exploding(block, first),
			fading ? undefined : dead(block),
			stalled(block, first, this.#steps),
		].filter((finding) => finding !== undefined);
		// A sign has to show in two blocks running.
		const confirmed = findings.filter(({ kind }) => this.#state.suspected.includes(kind));
		this.#state.suspected = findings.map(({ kind }) => kind);
		return confirmed.flatMap((finding) =>
			this.#warn(block.step, finding.kind, layerOf(finding), wordsFor(finding, this.#network)),
		);
	}

	#spoilt(step: number, norms: readonly number[]): readonly GradientWarning[] {
		const names = this.#layers.filter((_, i) => !Number.isFinite(norms[i])).map(({ name }) => name);
		const before = this.#state.pending.map(({ total }) => total);
		return this.#warn(step, 'exploding', names[0] ?? '', nonFiniteWords(names, before, this.#network));
	}

	/** Every kind is said once. */
	#warn(step: number, kind: Sign, layer: string, message: string): readonly GradientWarning[] {
		if (this.#state.warnings.some((warning) => warning.kind === kind)) return [];
		const warning = { step, layer, kind, message };
		this.#state.warnings = [...this.#state.warnings, warning];
		return [warning];
	}
}

function summarise(
	step: number,
	layers: readonly Layer[],
	steps: readonly Pending[],
	weights: readonly number[],
): Block {
	return {
		step,
		steps: steps.length,
		layers,
		norms: layers.map((_, i) => median(steps.map(({ norms }) => norms[i]))),
		silent: layers.map((_, i) => steps.every(({ norms }) => norms[i] === 0)),
		weights,
		total: median(steps.map(({ total }) => total)),
		loss: median(steps.map(({ loss }) => loss)),
	};
}

function layerOf(finding: Finding): string {
	if (finding.kind === 'stalled') return '';
	return finding.kind === 'exploding' ? finding.layer : finding.layers[0];
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1];
}
