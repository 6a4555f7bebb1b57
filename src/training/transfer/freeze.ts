/** Which parameters stay as they are: by pattern, by depth, or all in front of the heads. */
import { AndonError } from '../../base/errors.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import { learntConstants } from '../../graph/ops/index.ts';
import { isHeadParameter } from '../../networks/heads.ts';

/** One rule: `encoder`, a pattern with `*` on parameter names, the name of a layer or feature map, or a number of layers. */
export type Freeze = string | number;

/**
 * Names of the parameters that the rules freeze. A layer's name freezes everything up to that layer, a number the first
 * layers with weights, each with its normalisation.
 *
 * @throws CONFIG_INVALID when a rule fits nothing
 */
export function frozenParameters(network: Graph, rules: readonly Freeze[]): ReadonlySet<string> {
	return new Set(rules.flatMap((rule) => expectSome(network, rule, frozenBy(network, rule))));
}

function frozenBy(network: Graph, rule: Freeze): readonly string[] {
	const all = parametersOf(network, network.nodes);
	if (typeof rule === 'number') return firstLayers(network, rule);
	if (rule === 'encoder') return all.filter((name) => !isHeadParameter(name));
	if (rule.includes('*')) return all.filter((name) => globToPattern(rule).test(name));
	const end = nodeCalled(network, rule);
	return end ? parametersOf(network, upTo(network, end)) : [];
}

function parametersOf({ initializers }: Graph, nodes: readonly Node[]): readonly string[] {
	return [...new Set(nodes.flatMap((node) => learntConstants(node, initializers)))];
}

/** A layer has a weight of two axes or more; scales and biases belong to the layer in front of them. */
function firstLayers(network: Graph, count: number): readonly string[] {
	const all = parametersOf(network, network.nodes);
	let layers = 0;
	return all.filter((name) => {
		if (network.initializers.get(name)!.dims.length > 1) layers++;
		return layers <= count;
	});
}

/** `*` stands for any text, slashes included. */
function globToPattern(glob: string): RegExp {
	const literal = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
	return new RegExp(`^${glob.split('*').map(literal).join('.*')}$`);
}

/** The node whose output, or else whose layer, has a name. */
function nodeCalled({ nodes, initializers }: Graph, name: string): Node | undefined {
	return (
		nodes.find((node) => node.outputs.includes(name)) ??
		nodes.findLast((node) =>
			learntConstants(node, initializers).some((parameter) =>
				[`${name}/`, `${name}.`].some((start) => parameter.startsWith(start)),
			),
		)
	);
}

/** A node and all that it depends on. */
function upTo({ nodes }: Graph, end: Node): readonly Node[] {
	const wanted = new Set(end.outputs);
	const kept = [...nodes].reverse().filter((node) => {
		if (!node.outputs.some((name) => wanted.has(name))) return false;
		for (const name of node.inputs) wanted.add(name);
		return true;
	});
	return kept.reverse();
}

function expectSome(network: Graph, rule: Freeze, names: readonly string[]): readonly string[] {
	if (names.length > 0 || rule === 0) return names;
	const layers = parametersOf(network, network.nodes).map((name) => name.replace(/\/[^/]*$/, ''));
	const some = [...new Set(layers)];
	throw new AndonError('CONFIG_INVALID', {
		expected: 'a rule for freezing that fits some parameters',
		found: `${JSON.stringify(rule)} in a network with layers ${some.slice(0, 4).join(', ')} … ${some.at(-1)}`,
		fix: 'Give `encoder`, a pattern such as conv2_*, the name of a layer, or a number of layers.',
	});
}
