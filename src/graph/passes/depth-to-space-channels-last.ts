/**
 * Rewrites DepthToSpace as moves of whole runs of channels, the channels last: exact, and between integer convolutions, which
 * keep their channels last, the transposes that it would need on both sides fall away.
 */
import { intOf, stringOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Graph, Node } from '../graph.ts';
import { isFixed, rewriteNodes } from './rewrite-nodes.ts';

/** Rewrites every DepthToSpace whose channels are ordered row, column, channel, and whose input has a fixed size. */
export function depthToSpaceChannelsLast(graph: Graph): { graph: Graph; modified: boolean } {
	return rewriteNodes(graph, 'depth-to-space', isRewritable, rewrite);
}

function isRewritable(node: Node, g: GraphBuilder): boolean {
	if (node.op !== 'DepthToSpace' || node.domain !== '' || !isFixed(g, node.inputs[0], 4)) return false;
	const channels = g.shape(node.inputs[0])[1] / intOf(node, 'blocksize', 1) ** 2;
	return stringOf(node, 'mode', 'DCR') === 'DCR' || channels === 1;
}

function rewrite(g: GraphBuilder, node: Node): void {
	const [n, deep, height, width] = g.shape(node.inputs[0]);
	const s = intOf(node, 'blocksize', 1);
	const channels = deep / s ** 2;
	const last = g.transpose(node.inputs[0], [0, 2, 3, 1]);
	// A block's rows come out of the positions of a row, in which its columns already stand as they should.
	const rows = g.transpose(g.reshape(last, [n, height, width, s, s * channels]), [0, 1, 3, 2, 4]);
	const image = g.reshape(rows, [n, height * s, width * s, channels]);
	g.op('Transpose', [image], { perm: [0, 3, 1, 2] }, { names: node.outputs });
}
