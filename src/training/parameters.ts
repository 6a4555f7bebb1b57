/** Which constants of a network are learnt, and where each lies in the flat vectors that engines keep. */
import { AndonError } from '../base/errors.ts';
import { type Graph, sizeOf, type Tensor } from '../graph/graph.ts';
import { findOperator } from '../graph/ops/index.ts';

export interface Slot {
	readonly name: string;
	readonly dims: readonly number[];
	readonly offset: number;
	readonly size: number;
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
 * layers, scale and bias of normalisations). Freezing a normalisation's scale freezes its statistics as well.
 *
 * @param isTrainable which of them to learn (default: all)
 */
export function parameterLayout(graph: Graph, isTrainable: (name: string) => boolean = () => true): ParameterLayout {
	const names = new Set<string>();
	const statistics: string[] = [];
	for (const node of graph.nodes) {
		for (const index of findOperator(node)?.parameters ?? []) {
			const name = node.inputs[index];
			if (name && graph.initializers.get(name)?.type === 'float32' && isTrainable(name)) names.add(name);
		}
		if (node.op === 'BatchNormalization' && names.has(node.inputs[1])) statistics.push(node.inputs[3], node.inputs[4]);
	}
	if (names.size === 0)
		throw new AndonError('GRAPH_INVALID', {
			expected: 'at least one trainable parameter',
			found: 'none',
			fix: 'Unfreeze a layer.',
		});
	const trainable = slots(graph, [...names]);
	const running = slots(graph, statistics);
	return { trainable, trainableSize: total(trainable), running, runningSize: total(running) };
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
		return { name, dims, offset: offset - size, size };
	});
}

function total(list: readonly Slot[]): number {
	return list.reduce((sum, slot) => sum + slot.size, 0);
}
