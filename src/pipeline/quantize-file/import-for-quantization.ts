/** A model of others as the quantizer wants it: one operator set, constants in one place, sizes known where they follow. */
import { readModelFile } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import { resolveShapes } from '../../graph/passes/resolve-shapes.ts';
import { toOpset21 } from '../../graph/passes/to-opset-21.ts';

/**
 * Inputs and outputs stay as they are, open sizes included.
 *
 * @throws FILE_UNREADABLE, MODEL_UNREADABLE, MODEL_UNSUPPORTED
 */
export function importForQuantization(path: string): Graph {
	const graph = readModelFile(path);
	return resolveShapes(toOpset21(graph).graph, {}).graph;
}
