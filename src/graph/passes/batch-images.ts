/** A deployed model for one image becomes one for a fixed number of them: the same arithmetic, every size that was the one image's counted anew. */
import { AndonError } from '../../base/errors.ts';
import { GraphBuilder } from '../builder.ts';
import { type Graph, int64, type Node, type Shape, type Tensor, type Value } from '../graph.ts';
import { linksOf, namesReadBy } from '../links.ts';

/** Operators that take a shape, by the place of the input that says it. */
const SHAPE_INPUT: Readonly<Record<string, number>> = { Reshape: 1, Expand: 1 };

/**
 * Every value that depends on the image has a leading axis of 1, which becomes `count`; outputs without one, such as class
 * scores [K], get it in front ([count, K]). What a rule can tell of shapes is checked here; that no image looks at another
 * one is for the caller to prove by running it.
 *
 * @param graph with the one input `image` [1,H,W,C] and all sizes fixed
 * @throws MODEL_UNSUPPORTED naming the first node whose result is not one of each image
 */
export function batchImages(graph: Graph, count: number): Graph {
	const [image] = graph.inputs;
	if (graph.inputs.length !== 1 || image.shape?.[0] !== 1)
		throw tied(graph.inputs.map(({ name, shape }) => `${name} [${shape ?? '?'}]`).join(', '), 'one input of one image');
	const single = GraphBuilder.from(graph, {}, graph.values);
	const g = new GraphBuilder(graph.name);
	g.input(image.name, image.type, [count, ...image.shape.slice(1)]);
	for (const [name, tensor] of graph.initializers) g.constant(tensor, name);
	const ofImages = new Set([image.name]);
	const outputs = namesOfOutputs(graph);
	const stated = batchedValues(graph, count, ofImages);
	for (const node of graph.nodes) {
		if (!namesReadBy(node).some((name) => ofImages.has(name))) {
			g.append(node, graph.values);
			continue;
		}
		for (const name of node.outputs) ofImages.add(name);
		g.append(withBatch(node, g, single, count, outputs), stated);
		for (const name of node.outputs)
			if (name !== '') expectBatch(node, g.value(name), single.value(name), count, outputs);
	}
	for (const { name } of graph.outputs) g.output(name);
	return { ...g.build(graph.metadata), opsets: graph.opsets };
}

/** Those of the outputs, and of what is nothing but an output under another name. */
function namesOfOutputs(graph: Graph): ReadonlySet<string> {
	const links = linksOf(graph);
	const names = new Set(graph.outputs.map(({ name }) => name));
	for (const node of graph.nodes.toReversed())
		if (node.op === 'Identity' && names.has(node.outputs[0]) && links.onlyConsumer(node.inputs[0]) === node)
			names.add(node.inputs[0]);
	return names;
}

/** What the file says of values that no rule tells the shape of, with the batch in it; read as it grows. */
function batchedValues(graph: Graph, count: number, ofImages: ReadonlySet<string>): ReadonlyMap<string, Value> {
	return {
		get(name: string) {
			const value = graph.values.get(name) ?? graph.outputs.find((output) => output.name === name);
			if (!value?.shape || !ofImages.has(name) || value.shape[0] !== 1) return value;
			return { ...value, shape: [count, ...value.shape.slice(1)] };
		},
	} as ReadonlyMap<string, Value>;
}

/** A shape that begins with the one image begins with all of them; one that leaves it out, of an output, gets it. */
function withBatch(
	node: Node,
	g: GraphBuilder,
	single: GraphBuilder,
	count: number,
	outputs: ReadonlySet<string>,
): Node {
	const place = node.domain === '' ? SHAPE_INPUT[node.op] : undefined;
	if (place === undefined) return node;
	const shape = single.value(node.outputs[0]).shape;
	const tensor = g.initializers.get(node.inputs[place]);
	const from = g.value(node.inputs[0]).shape;
	if (!tensor || !isFixed(shape) || !from) throw tied(describe(node), 'shapes that are known before it runs');
	const wanted =
		shape[0] === 1 && from[0] === count ? shape.slice(1) : outputs.has(node.outputs[0]) ? shape : undefined;
	if (!wanted) return node;
	const name = g.constant(shapeOf([count, ...wanted]));
	return { ...node, inputs: node.inputs.map((input, i) => (i === place ? name : input)) };
}

function expectBatch(
	node: Node,
	{ shape }: Value,
	{ shape: before }: Value,
	count: number,
	outputs: ReadonlySet<string>,
): void {
	// Nothing is known of it: running it tells.
	if (!shape || !before) return;
	const isList = outputs.has(node.outputs[0]) && shape.length === before.length + 1;
	const one = isList ? [1, ...before] : before;
	const changed = shape.flatMap((d, axis) => (d === one[axis] ? [] : [axis]));
	// A layer may move the images to another axis and back.
	if (shape.length === one.length && changed.length === 1 && one[changed[0]] === 1 && shape[changed[0]] === count)
		return;
	throw tied(`${describe(node)}, which gives [${shape}] of ${count} images`, `one result of [${before}] per image`);
}

function isFixed(shape: Shape | undefined): shape is readonly number[] {
	return shape?.every((d) => typeof d === 'number') ?? false;
}

function shapeOf(dims: readonly number[]): Tensor {
	return int64([dims.length], dims);
}

function describe({ op, name, outputs }: Node): string {
	return `${op} "${name || outputs[0]}"`;
}

function tied(found: string, expected: string): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', {
		expected: `a model that can take several images at once: ${expected}`,
		found,
		fix: 'Let the tiles go one after the other (`batch: 1`), or export the bundle again with `andon train`.',
	});
}
