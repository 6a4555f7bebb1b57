/**
 * Rewrites an enlargement that repeats pixels as concatenations of a map with itself, the channels last: exact, and whole runs
 * of bytes are copied where ONNX Runtime's Resize looks at each by itself.
 */
import type { GraphBuilder } from '../builder.ts';
import type { Graph, Node } from '../graph.ts';
import { copiedBlock } from '../ops/resize.ts';
import { isFixed, rewriteNodes } from './rewrite-nodes.ts';

/** Rewrites every Resize of a map of fixed size that copies each pixel to a block. */
export function nearestResizeChannelsLast(graph: Graph): { graph: Graph; modified: boolean } {
	return rewriteNodes(graph, 'repeat', isRewritable, rewrite);
}

function isRewritable(node: Node, g: GraphBuilder): boolean {
	if (node.op !== 'Resize' || node.domain !== '' || !isFixed(g, node.inputs[0], 4)) return false;
	return isFixed(g, node.outputs[0], 4) && copiedBlock(g, node) !== undefined;
}

function rewrite(g: GraphBuilder, node: Node, known: GraphBuilder): void {
	const [n, channels, height, width] = g.shape(node.inputs[0]);
	const [down, across] = copiedBlock(known, node)!;
	const last = g.transpose(node.inputs[0], [0, 2, 3, 1]);
	const rows = g.reshape(repeat(g, last, across, 3), [n, height, 1, width * across * channels]);
	const image = g.reshape(repeat(g, rows, down, 2), [n, height * down, width * across, channels]);
	g.op('Transpose', [image], { perm: [0, 3, 1, 2] }, { names: node.outputs });
}

function repeat(g: GraphBuilder, x: string, times: number, axis: number): string {
	return times === 1 ? x : g.concat(Array<string>(times).fill(x), axis);
}
