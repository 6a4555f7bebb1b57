/**
 * Moves convolutions and what surrounds them into ONNX Runtime's blocked memory layout, where its direct kernels work
 * on whole vectors of channels. ONNX Runtime does so by itself for constant weights only; while training they change.
 */
import type { Graph } from '../../graph.ts';
import { dropDeadNodes } from '../drop-dead-nodes.ts';
import { BlockedWriter } from './blocked-writer.ts';
import { fuseIntoConvolutions } from './fuse-into-convolutions.ts';
import { BLOCKED_RULES } from './rules.ts';

/**
 * A graph that computes the same on a CPU whose blocks have `block` channels, within rounding. Operators of the `andon`
 * domain may be left over; `lower` replaces them.
 */
export function blockedLayout(graph: Graph, block: number): { graph: Graph; modified: boolean } {
	const writer = new BlockedWriter(graph, block);
	let modified = false;
	const result = writer.g.within('blocked', () => {
		for (const node of graph.nodes) {
			const rule = Object.hasOwn(BLOCKED_RULES, node.op) ? BLOCKED_RULES[node.op] : undefined;
			if (rule?.(writer, node)) modified = true;
			else writer.copy(node);
		}
		return writer.build();
	});
	if (!modified) return { graph, modified };
	return { graph: fuseIntoConvolutions(dropDeadNodes(result).graph), modified };
}
