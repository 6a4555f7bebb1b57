/** Puts a file's weights into a network and says what became of each. */
import { AndonError } from '../../base/errors.ts';
import { float } from '../../graph/attributes.ts';
import type { Graph } from '../../graph/graph.ts';
import { learntConstants } from '../../graph/ops/index.ts';
import { isHeadParameter } from '../../networks/heads.ts';
import type { Assignment } from './assignment.ts';
import { matchByName } from './match-by-name.ts';
import { matchByStructure } from './match-by-structure.ts';
import type { Weights } from './read-weights.ts';
import type { TransferReport } from './transfer-report.ts';

/**
 * @param settings the network's own `style` and `input`, as far as it has them
 * @returns the network with the weights that fit, and what fitted
 * @throws WEIGHTS_MISMATCH when nothing of the backbone fits
 */
export function transferWeights(
	network: Graph,
	weights: Weights,
	settings: Readonly<Record<string, unknown>> = {},
): { readonly network: Graph; readonly report: TransferReport } {
	const assignment = match(network, weights, settings.input === 'caffe');
	for (const [key, value] of Object.entries(weights.scheme?.settings(new Set(weights.tensors.keys())) ?? {}))
		if (key in settings && settings[key] !== value)
			assignment.notes.add(
				`the weights are made for ${key}=${value}, the network has ${key}=${settings[key]}: features differ`,
			);
	const report = reportOf(network, weights, assignment);
	if (report.loaded === 0) throw nothingFits(weights, report);
	return { network: withTensors(network, assignment), report };
}

function match(network: Graph, weights: Weights, reverseChannels: boolean): Assignment {
	const names = backboneNames(network);
	const equal = names.filter((name) => weights.tensors.has(name)).length;
	if (equal > names.length / 2) return matchByName(network, weights, undefined, false);
	if (weights.graph) return matchByStructure(network, weights.graph, weights.scheme, reverseChannels);
	if (weights.scheme) return matchByName(network, weights, weights.scheme, reverseChannels);
	return matchByName(network, weights, undefined, false);
}

/** Parameters and statistics in front of the heads. */
function backboneNames(network: Graph): readonly string[] {
	const names = network.nodes.flatMap((node) => [
		...learntConstants(node, network.initializers),
		...(node.op === 'BatchNormalization' ? node.inputs.slice(3) : []),
	]);
	return [...new Set(names)].filter((name) => !isHeadParameter(name));
}

function reportOf(network: Graph, weights: Weights, assignment: Assignment): TransferReport {
	const names = backboneNames(network);
	const absent = names.filter((name) => !assignment.tensors.has(name));
	const notes = [...assignment.notes];
	if (assignment.folded)
		notes.push(
			'batch normalisations were folded into the convolutions of the file; theirs stay frozen, because their statistics are not known',
		);
	return {
		file: weights.path,
		by: assignment.by,
		loaded: names.length - absent.length,
		total: names.length,
		matched: assignment.matched,
		missing: absent.map((name) => ({
			name,
			reason: assignment.refused.get(name) ?? 'nothing in the file belongs to it; it keeps its initial value',
		})),
		unused: assignment.unused,
		notes,
		folded: assignment.folded,
	};
}

function withTensors(network: Graph, { tensors, epsilons }: Assignment): Graph {
	const initializers = new Map([...network.initializers].map(([name, old]) => [name, tensors.get(name) ?? old]));
	const nodes = network.nodes.map((node) => {
		const epsilon = node.op === 'BatchNormalization' ? epsilons.get(node.inputs[1]) : undefined;
		return epsilon === undefined ? node : { ...node, attributes: { ...node.attributes, epsilon: float(epsilon) } };
	});
	return { ...network, nodes, initializers };
}

function nothingFits({ path, tensors, scheme }: Weights, { unused }: TransferReport): AndonError {
	const names = [...tensors.keys()].slice(0, 3).join(', ');
	const why = unused[0] ? `; ${unused[0].name}: ${unused[0].reason}` : '';
	return new AndonError('WEIGHTS_MISMATCH', {
		expected: 'weights of which at least one fits the backbone',
		found: `${path} with ${tensors.size} tensors (${names} …), ${scheme ? `named as in ${scheme.name}` : 'of no naming scheme that is known'}${why}`,
		fix: 'Choose the network that the weights were made for (network.name, network.options), or export the model to ONNX: its layers are matched by shape.',
	});
}
