/**
 * Moves a ReLU or Clip in front of the DepthToSpace or Concat that it stands behind: exact, since those only move values and it
 * looks at each by itself, and the convolutions before them can then absorb it when they run on integers.
 */
import type { GraphBuilder } from '../builder.ts';
import type { Graph, Node } from '../graph.ts';
import { type Links, linksOf } from '../links.ts';
import { rewriteNodes } from './rewrite-nodes.ts';

export function activationBeforeMoves(graph: Graph): { graph: Graph; modified: boolean } {
	let current = graph;
	for (let next = moveOnce(current); next; next = moveOnce(current)) current = next;
	return { graph: current, modified: current !== graph };
}

/** Past one move, wherever there is one; a chain of moves takes as many rounds. */
function moveOnce(graph: Graph): Graph | undefined {
	const links = linksOf(graph);
	const pairs = new Map<Node, Node>();
	for (const node of graph.nodes) {
		const next = isMove(node, links) ? links.onlyConsumer(node.outputs[0]) : undefined;
		if (next && isActivation(next, graph)) pairs.set(node, next);
	}
	if (pairs.size === 0) return undefined;
	const moved = new Set(pairs.values());
	const isChanged = (node: Node) => pairs.has(node) || moved.has(node);
	return rewriteNodes(graph, 'before', isChanged, (g, node) => {
		const activation = pairs.get(node);
		if (activation) swap(g, node, activation);
	}).graph;
}

function swap(g: GraphBuilder, move: Node, activation: Node): void {
	const inputs = move.inputs.map((name, i) => {
		const own = { ...activation, inputs: [name, ...activation.inputs.slice(1)], outputs: [`${move.outputs[0]}/${i}`] };
		g.append(own);
		return own.outputs[0];
	});
	g.append({ ...move, inputs, outputs: activation.outputs });
}

/** A Concat only of what convolutions give, and for it alone: there the activations cost nothing. */
function isMove({ op, domain, inputs }: Node, links: Links): boolean {
	if (domain !== '') return false;
	if (op === 'DepthToSpace') return true;
	const alone = (name: string) => links.producer(name)?.op === 'Conv' && links.onlyConsumer(name) !== undefined;
	return op === 'Concat' && inputs.every(alone);
}

function isActivation({ op, domain, inputs }: Node, { initializers }: Graph): boolean {
	if (domain !== '') return false;
	return op === 'Relu' || (op === 'Clip' && inputs.slice(1).every((name) => name === '' || initializers.has(name)));
}
