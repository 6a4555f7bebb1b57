/** Which constants of a network are learnt, and where each lies in the flat vectors that engines keep. */
import { AndonError } from '../base/errors.ts';
import { type Graph, sizeOf, type Tensor } from '../graph/graph.ts';
import { learntConstants } from '../graph/ops/index.ts';

export interface Slot {
	readonly name: string;
	readonly dims: readonly number[];
	readonly offset: number;
	readonly size: number;
	/** Optimizer steps that were taken before this parameter was first trained; its own steps count from there. */
	readonly since: number;
}

export interface ParameterLayout {
	/** Learnt constants, in the order of the flat vector. */
	readonly trainable: readonly Slot[];
	readonly trainableSize: number;
	/** Running mean and variance of every normalisation that trains, in pairs. */
	readonly running: readonly Slot[];
	readonly runningSize: number;
}

/**
 * Finds the parameters: constants at the parameter inputs of operators (weights and biases of convolutions and dense
 * layers, scale and bias of normalisations, added vectors). Freezing a normalisation's scale freezes its statistics as well.
 *
 * @param isTrainable which of them to learn (default: all)
 */
export function parameterLayout(graph: Graph, isTrainable: (name: string) => boolean = () => true): ParameterLayout {
	const names = new Set<string>();
	const statistics: string[] = [];
	for (const node of graph.nodes) {
		for (const name of learntConstants(node, graph.initializers))
			if (graph.initializers.get(name)!.type === 'float32' && isTrainable(name)) names.add(name);
		if (node.op === 'BatchNormalization' && names.has(node.inputs[1])) statistics.push(node.inputs[3], node.inputs[4]);
	}
	if (names.size === 0)
		throw new AndonError('GRAPH_INVALID', {
			expected: 'at least one trainable parameter',
			found: 'none',
			fix: 'Unfreeze a layer.',
		});
	return layoutOf(slots(graph, [...names]), slots(graph, statistics));
}

/**
 * The layout of another set of trainable parameters, made in the middle of a run: what was trained keeps its order and
 * its age, what is new comes behind it and counts its steps from `step`.
 */
export function changedLayout(
	graph: Graph,
	old: ParameterLayout,
	isTrainable: (name: string) => boolean,
	step: number,
): ParameterLayout {
	const fresh = parameterLayout(graph, isTrainable);
	const sinceOf = new Map(old.trainable.map((slot) => [slot.name, slot.since]));
	const wanted = new Set(fresh.trainable.map((slot) => slot.name));
	const kept = [...sinceOf.keys()].filter((name) => wanted.has(name));
	const ordered = slots(graph, [...new Set([...kept, ...wanted])]);
	const aged = ordered.map((slot) => ({ ...slot, since: sinceOf.get(slot.name) ?? step }));
	return layoutOf(aged, fresh.running);
}

/** Neighbouring parameters of the same age, as the optimizer counts their steps together. */
export function agesOf({ trainable }: ParameterLayout): readonly { readonly since: number; readonly size: number }[] {
	const ages: { since: number; size: number }[] = [];
	for (const { since, size } of trainable) {
		const last = ages.at(-1);
		if (last?.since === since) last.size += size;
		else ages.push({ since, size });
	}
	return ages;
}

/** Copies what both lists name from one flat vector into another. */
export function carry(
	from: readonly Slot[],
	flat: Float32Array,
	to: readonly Slot[],
	into: Float32Array,
): Float32Array {
	const offsets = new Map(from.map((slot) => [slot.name, slot.offset]));
	for (const { name, offset, size } of to) {
		const at = offsets.get(name);
		if (at !== undefined) into.set(flat.subarray(at, at + size), offset);
	}
	return into;
}

/** Copies the named constants of a graph into one vector. */
export function gather(graph: Graph, list: readonly Slot[]): Float32Array {
	const flat = new Float32Array(total(list));
	for (const { name, offset } of list) flat.set(graph.initializers.get(name)!.data as Float32Array, offset);
	return flat;
}

/** The graph with its constants taken from flat vectors. */
export function withParameters(
	graph: Graph,
	layout: ParameterLayout,
	weights: Float32Array,
	running: Float32Array,
): Graph {
	const initializers = new Map<string, Tensor>(graph.initializers);
	const put = (list: readonly Slot[], flat: Float32Array) => {
		for (const { name, dims, offset, size } of list)
			initializers.set(name, { type: 'float32', dims, data: flat.slice(offset, offset + size) });
	};
	put(layout.trainable, weights);
	put(layout.running, running);
	return { ...graph, initializers };
}

function slots(graph: Graph, names: readonly string[]): readonly Slot[] {
	let offset = 0;
	return names.map((name) => {
		const { dims } = graph.initializers.get(name)!;
		const size = sizeOf(dims);
		offset += size;
		return { name, dims, offset: offset - size, size, since: 0 };
	});
}

function layoutOf(trainable: readonly Slot[], running: readonly Slot[]): ParameterLayout {
	return { trainable, trainableSize: total(trainable), running, runningSize: total(running) };
}

function total(list: readonly Slot[]): number {
	return list.reduce((sum, slot) => sum + slot.size, 0);
}
