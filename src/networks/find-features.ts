/** Finds, in a model that somebody else built, where its backbone ends and which feature maps it has on the way. */
import { AndonError } from '../base/errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import { linksOf } from '../graph/links.ts';
import { learntConstants } from '../graph/ops/index.ts';
import { type Stage, stagesOf } from './backbone.ts';

/** What turns a feature map into one number a channel. */
const POOLINGS = new Set(['GlobalAveragePool', 'GlobalMaxPool', 'AveragePool', 'MaxPool', 'ReduceMean', 'ReduceMax']);

/**
 * The value at which the heads start: of a classifier the feature map in front of its global pooling, of a model that
 * gives a map nearly as fine as the image what its last layer reads, of one that gives a coarse map that map.
 *
 * @throws MODEL_UNSUPPORTED when there is no such map; the message says how to name one
 */
export function findCut(graph: Graph, height: number, width: number): string {
	const links = linksOf(graph);
	const [output] = graph.outputs;
	const shapeOf = (name: string) => graph.values.get(name)?.shape;
	const before = (node: Node | undefined) => node?.inputs.find((name) => name !== '' && !graph.initializers.has(name));
	if (isMap(shapeOf(output.name))) return isMask(graph, height, width) ? behindLastLayer(graph) : output.name;
	for (let name: string | undefined = output.name; name; ) {
		const node = links.producer(name);
		const source = before(node);
		const rank = shapeOf(name)?.length;
		if (!node || !source || (rank !== 2 && rank !== 4)) break;
		if (rank === 4 && isMap(shapeOf(name))) return name;
		if (POOLINGS.has(node.op) && shapeOf(source)?.length === 4) return source;
		name = source;
	}
	throw new AndonError('MODEL_UNSUPPORTED', {
		expected: 'a model whose output comes from feature maps [N, C, h, w]',
		found: `"${output.name}" [${output.shape ?? 'of unknown size'}], behind which there is none of known size`,
		fix: 'Name the last feature map with --cut; andon analyze <model.onnx> --all lists the sizes.',
	});
}

/** Features are coarser than this. */
const COARSEST_MASK = 4;

function isMask({ values, outputs: [output] }: Graph, height: number, width: number): boolean {
	const stride = strideOf(values.get(output.name), height, width);
	return stride !== undefined && stride <= COARSEST_MASK;
}

/** What the last layer with weights reads; behind it there may be an activation. */
function behindLastLayer(graph: Graph): string {
	const links = linksOf(graph);
	let name = graph.outputs[0].name;
	for (let node = links.producer(name); node; node = links.producer(name)) {
		name = node.inputs[0];
		if (learntConstants(node, graph.initializers).length > 0) return name;
	}
	return graph.outputs[0].name;
}

/** Four axes of which more than the channels are longer than 1, wherever those stand. */
function isMap(shape: Value['shape']): boolean {
	return shape?.length === 4 && shape.slice(1).filter((d) => typeof d === 'number' && d > 1).length > 1;
}

/** The feature maps from the finest to the deepest, of each stride the last; those that the image divides into evenly. */
export function findStages(graph: Graph, cut: string, height: number, width: number): ReturnType<typeof stagesOf> {
	const end = strideOf(graph.values.get(cut), height, width);
	if (end === undefined)
		throw new AndonError('MODEL_UNSUPPORTED', {
			expected: `a feature map [N, C, h, w] of an image of ${width}×${height} at the cut`,
			found: `"${cut}" [${graph.values.get(cut)?.shape ?? 'of unknown size'}]`,
			fix: 'Name another value with --cut; andon analyze <model.onnx> --all lists the sizes.',
		});
	const stages: Stage[] = graph.nodes.flatMap(({ outputs: [value] }) => {
		const stride = strideOf(graph.values.get(value), height, width);
		return stride !== undefined && stride < end ? [{ value, stride }] : [];
	});
	// A network that enlarges again is taken from its deepest map on.
	const finest = new Map(stages.sort((a, b) => a.stride - b.stride).map((stage) => [stage.stride, stage]));
	return stagesOf([...finest.values(), { value: cut, stride: end }]);
}

/** Input pixels between neighbours, as the nearest power of 2 equal along both axes; decoders make sizes fit. */
function strideOf(value: Value | undefined, height: number, width: number): number | undefined {
	if (value?.type !== 'float32' || value.shape?.length !== 4) return undefined;
	const [, channels, h, w] = value.shape;
	if (typeof channels !== 'number' || typeof h !== 'number' || typeof w !== 'number') return undefined;
	const stride = 2 ** Math.round(Math.log2(height / h));
	return stride >= 1 && stride === 2 ** Math.round(Math.log2(width / w)) ? stride : undefined;
}
