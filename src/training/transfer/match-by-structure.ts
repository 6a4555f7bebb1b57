/** Finds the layers of a network in another graph: by name where names agree, else by shape, depth and order. */
import { float32, type Graph, type Tensor } from '../../graph/graph.ts';
import { isHeadParameter } from '../../networks/heads.ts';
import { arrange, permuted } from './arrange.ts';
import { Assignment } from './assignment.ts';
import { type Layer, networkLayers } from './network-layers.ts';
import type { Scheme } from './schemes/scheme.ts';

/**
 * Layers of the same kind and shape at the same depth belong together, in their order where there are several. Heads are
 * matched by name only: their shapes say too little.
 */
export function matchByStructure(
	network: Graph,
	file: Graph,
	scheme: Scheme | undefined,
	reverseChannels: boolean,
): Assignment {
	const ours = networkLayers(network);
	const theirs = networkLayers(file);
	const named = pairsByName(ours, theirs, scheme);
	const shaped = pairsByShape(ours, theirs);
	// A few equal names may be chance.
	const byName = named.size >= shaped.size;
	const pairs = byName ? named : shaped;
	const assignment = new Assignment(byName ? 'names of layers' : 'shape, depth and order of layers');
	for (const [layer, source] of pairs) copyLayer(network, file, layer, source, reverseChannels, assignment);
	const used = new Set(pairs.values());
	for (const layer of theirs.filter((layer) => !used.has(layer)))
		assignment.unused.push({
			name: layer.weight,
			reason: `no layer here is a ${layer.kind} of [${layer.dims}] at depth ${layer.depth} that is still free`,
		});
	return assignment;
}

/** By the scheme's name, or by one of the segments of the file's name, as converters from Keras keep it. */
function pairsByName(ours: readonly Layer[], theirs: readonly Layer[], scheme: Scheme | undefined): Map<Layer, Layer> {
	const byName = new Map(ours.map((layer) => [layer.name, layer]));
	const pairs = new Map<Layer, Layer>();
	for (const source of theirs) {
		const target = scheme?.target(source.weight)?.replace(/\/weight$/, '');
		const names = [target, source.name, ...source.name.split(/[/;:]/)];
		const layer = names.map((name) => byName.get(name ?? '')).find((found) => found && !pairs.has(found));
		if (layer) pairs.set(layer, source);
	}
	return pairs;
}

function pairsByShape(ours: readonly Layer[], theirs: readonly Layer[]): Map<Layer, Layer> {
	const free = new Map<string, Layer[]>();
	for (const source of theirs) free.set(signature(source), [...(free.get(signature(source)) ?? []), source]);
	const pairs = new Map<Layer, Layer>();
	for (const layer of ours) {
		if (isHeadParameter(layer.weight)) continue;
		const source = free.get(signature(layer))?.shift();
		if (source) pairs.set(layer, source);
	}
	return pairs;
}

/** Of layers that read the image the number of channels does not count. */
function signature({ kind, dims, depth, geometry }: Layer): string {
	const shape = depth === 1 ? [dims[0], '*', ...dims.slice(2)] : dims;
	return `${kind} ${shape} ${geometry.groups} ${depth}`;
}

function copyLayer(
	network: Graph,
	file: Graph,
	layer: Layer,
	source: Layer,
	reverseChannels: boolean,
	assignment: Assignment,
): void {
	const tensor = (name: string) => file.initializers.get(name)!;
	const dims = (name: string) => network.initializers.get(name)!.dims;
	const stored =
		source.transposed === layer.transposed ? tensor(source.weight) : permuted(tensor(source.weight), [1, 0]);
	const how = { axes: 'torch', reverseChannels, readsImage: layer.depth === 1 } as const;
	const weight = arrange(stored, dims(layer.weight), how);
	assignment.put(layer.weight, source.weight, weight);
	if (typeof weight === 'string') return;
	compareGeometry(layer, source, assignment);
	if (source.norm && !layer.norm) {
		assignment.notes.add(`${layer.name} has no normalisation here, but one in the file: its output differs`);
		return;
	}
	const bias = source.bias ? tensor(source.bias) : undefined;
	if (layer.norm) copyNorm(network, file, layer, source, bias, assignment);
	else if (layer.bias) assignment.put(layer.bias, source.bias ?? source.weight, bias ?? zeros(dims(layer.bias)));
}

/** The normalisation as it is; of a folded one, whose convolution has its scale and bias, one that changes nothing else. */
function copyNorm(
	network: Graph,
	file: Graph,
	layer: Layer,
	source: Layer,
	bias: Tensor | undefined,
	assignment: Assignment,
): void {
	const norm = layer.norm!;
	const dims = network.initializers.get(norm.scale)!.dims;
	const put = (parameter: string, from: string) =>
		assignment.put(parameter, from, arrangeVector(file.initializers.get(from)!, dims));
	if (source.norm) {
		for (const part of ['scale', 'bias', 'mean', 'variance'] as const) put(norm[part], source.norm[part]);
		assignment.epsilons.set(norm.scale, source.norm.epsilon);
		if (layer.bias) assignment.put(layer.bias, source.bias ?? source.weight, bias ?? zeros(dims));
		else if (bias) assignment.imply(norm.mean, minus(file.initializers.get(source.norm.mean)!, bias));
		return;
	}
	assignment.folded = true;
	assignment.imply(norm.scale, filled(dims, 1));
	assignment.imply(norm.mean, zeros(dims));
	assignment.imply(norm.variance, filled(dims, 1 - norm.epsilon));
	assignment.imply(norm.bias, bias ?? zeros(dims));
	if (source.bias) assignment.matched.push({ parameter: norm.bias, from: source.bias });
	if (layer.bias) assignment.imply(layer.bias, zeros(dims));
}

function compareGeometry(layer: Layer, source: Layer, { notes }: Assignment): void {
	for (const [what, here] of Object.entries(layer.geometry)) {
		const there = source.geometry[what];
		if (there !== here) notes.add(`${layer.name} has ${what} ${here} here, ${there} in the file: its output differs`);
	}
}

function arrangeVector(tensor: Tensor, dims: readonly number[]): Tensor | string {
	return tensor.data.length === dims[0]
		? { ...tensor, dims }
		: `it has ${tensor.data.length} values in the file, ${dims[0]} here`;
}

function filled(dims: readonly number[], value: number): Tensor {
	return float32(dims, new Float32Array(dims[0]).fill(value));
}

function zeros(dims: readonly number[]): Tensor {
	return filled(dims, 0);
}

function minus(a: Tensor, b: Tensor): Tensor {
	return float32(
		a.dims,
		Float32Array.from(a.data as Float32Array, (value, i) => value - Number(b.data[i])),
	);
}
