/** Gives every tensor of a file the place that its name says. */
import type { Graph } from '../../graph/graph.ts';
import { arrange } from './arrange.ts';
import { Assignment } from './assignment.ts';
import { networkLayers } from './network-layers.ts';
import type { Weights } from './read-weights.ts';
import type { Scheme } from './schemes/scheme.ts';

/** @param scheme whose names the file uses; undefined when they are our own */
export function matchByName(
	network: Graph,
	{ tensors }: Weights,
	scheme: Scheme | undefined,
	reverseChannels: boolean,
): Assignment {
	const assignment = new Assignment(scheme ? `names of ${scheme.name}` : 'equal names');
	const layers = networkLayers(network);
	const readsImage = new Set(layers.filter((layer) => layer.depth === 1).map((layer) => layer.weight));
	for (const [name, tensor] of tensors) {
		const parameter = scheme ? scheme.target(name) : name;
		if (parameter === null) continue;
		const ours = parameter && network.initializers.get(parameter);
		if (!parameter || !ours) assignment.unused.push({ name, reason: whyUnused(parameter, scheme) });
		else {
			const how = { axes: scheme?.axes ?? 'torch', reverseChannels, readsImage: readsImage.has(parameter) } as const;
			assignment.put(parameter, name, arrange(tensor, ours.dims, how));
		}
	}
	for (const { bias } of layers)
		if (bias && scheme && !assignment.tensors.has(bias) && !assignment.refused.has(bias))
			impliedBias(bias, assignment, network);
	return assignment;
}

/** A convolution that has a bias here and none in the file: a bias of zero, once its weight has come. */
function impliedBias(bias: string, assignment: Assignment, network: Graph): void {
	const ours = network.initializers.get(bias)!;
	if (!assignment.tensors.has(bias.replace(/bias$/, 'weight'))) return;
	assignment.imply(bias, { ...ours, data: new Float32Array(ours.data.length) });
	assignment.notes.add('convolutions have no bias in the file; here it starts at 0');
}

function whyUnused(parameter: string | undefined, scheme: Scheme | undefined): string {
	if (!parameter && scheme) return `not a name of ${scheme.name} that is known here`;
	return 'the network has no such layer (its heads are its own, and it may end earlier)';
}
