/** Watches the gradients of a run layer by layer and says in plain words when they vanish, explode or die. */
import type { Graph } from '../graph/graph.ts';
import type { StepResult } from './engines/engine.ts';
import { type Layer, layerNorms, layersOf, weightNorms } from './gradient-health/layers.ts';
import { type Block, dead, exploding, type Finding, type Sign, stalled, vanishing } from './gradient-health/signs.ts';
import { nonFiniteWords, wordsFor } from './gradient-health/words.ts';
import type { ParameterLayout } from './parameters.ts';
import type { RunTrace } from './run-trace.ts';

export interface GradientWarning {
	readonly step: number;
	/** The layer that it is about, the first of several; empty for the whole network. */
	readonly layer: string;
	readonly kind: Sign;
	readonly message: string;
}

/** Norms by layer over a run and what was noticed: what reports draw. */
export interface GradientHealth {
	readonly steps: readonly number[];
	/** From the input to the output. */
	readonly layers: readonly string[];
	/** L2 norm of the gradient before clipping: one row a step, one value a layer, 0 while it is frozen. */
	readonly norms: readonly (readonly number[])[];
	readonly warnings: readonly GradientWarning[];
}

export function gradientHealth({ layers, points }: RunTrace, warnings: readonly GradientWarning[]): GradientHealth {
	return { steps: points.map(({ step }) => step), layers, norms: points.map(({ norms }) => norms), warnings };
}

/** The watch's memory, for checkpoints. */
export interface WatchState {
	readonly warnings: readonly GradientWarning[];
	readonly pending: readonly Pending[];
	readonly first?: Block;
	/** Signs of the block before. */
	readonly suspected: readonly Sign[];
}

interface Pending {
	readonly norms: readonly number[];
	readonly total: number;
	readonly loss: number;
}

export class GradientWatch {
	readonly #network: Graph;
	readonly #steps: number;
	readonly #blockSteps: number;
	#layout: ParameterLayout | undefined;
	#layers: readonly Layer[] = [];
	#state: { -readonly [K in keyof WatchState]: WatchState[K] } = { warnings: [], pending: [], suspected: [] };

	/** @param steps of the whole run; short ones are judged in shorter blocks */
	constructor(network: Graph, steps: number) {
		this.#network = network;
		this.#steps = steps;
		this.#blockSteps = Math.min(20, Math.max(5, Math.ceil(steps / 20)));
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

	get warnings(): readonly GradientWarning[] {
		return this.#state.warnings;
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
		const fading = vanishing(block, first);
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
