/** Settles every size of an imported graph but the batch, which stays open whatever the file was exported with. */
import { AndonError } from '../../base/errors.ts';
import { toAttributes } from '../attributes.ts';
import { GraphBuilder } from '../builder.ts';
import { type Graph, int64, type Node, type Tensor } from '../graph.ts';
import { resolveShapes } from './resolve-shapes.ts';

/** A batch that no other size is a multiple of, so that it is known wherever it went. */
const MARKER = 100_003;

/**
 * @param input the image input's name
 * @param rest its sizes behind the batch
 * @returns the graph with the input [N, …rest], arithmetic on sizes done
 * @throws MODEL_UNSUPPORTED when a size that the batch is part of is used in a way that ties the graph to one batch
 */
export function freeBatch(graph: Graph, input: string, rest: readonly number[]): Graph {
	const exported = graph.inputs.find((value) => value.name === input)?.shape?.[0];
	const released = typeof exported === 'number' ? release(graph, input, exported, rest) : graph;
	const settled = anyBatch(() => release(released, input, MARKER, rest));
	const inputs = settled.inputs.map((value) => (value.name === input ? { ...value, shape: ['N', ...rest] } : value));
	const free: Graph = { ...settled, inputs, values: new Map() };
	refuseTied(free);
	const g = GraphBuilder.from(free);
	for (const output of free.outputs) g.output(output.name);
	return g.build(graph.metadata);
}

/** Sizes for one batch, which is taken out again of the shapes that it went into. */
function release(graph: Graph, input: string, batch: number, rest: readonly number[]): Graph {
	const { graph: settled } = resolveShapes({ ...graph, values: new Map() }, { [input]: [batch, ...rest] });
	const initializers = new Map(settled.initializers);
	const nodes = settled.nodes.map((node) => {
		const size = settled.values.get(node.inputs[0])?.shape?.[0];
		return size === batch || batch === MARKER ? freed(node, initializers, batch) : node;
	});
	return { ...settled, nodes, initializers };
}

/** Shapes that were computed from the batch take it from their input instead. */
function freed(node: Node, initializers: Map<string, Tensor>, batch: number): Node {
	const place = node.op === 'Reshape' || node.op === 'Expand' ? 1 : node.op === 'Resize' ? 3 : 0;
	const tensor = place > 0 ? initializers.get(node.inputs[place] ?? '') : undefined;
	const [size, ...others] = tensor ? Array.from(tensor.data as ArrayLike<number | bigint>, Number) : [];
	const part = batch === MARKER && size > 0 && size % MARKER === 0;
	if (size !== batch && !part) return node;
	if (node.op === 'Resize') return sizesOfImage(node, others, initializers);
	// 0 copies the input's size, −1 takes what is left, and expanding to 1 leaves a size alone.
	const first = node.op === 'Expand' ? 1 : size === batch ? 0 : -1;
	if (first === -1 && others.includes(-1)) return node;
	const name = `${node.inputs[1]}/${node.outputs[0]}/${batch}`;
	initializers.set(name, int64([1 + others.length], [first, ...others]));
	// With `allowzero` a 0 would be an empty axis.
	const { allowzero: _allowzero, ...attributes } = node.attributes;
	return { ...node, inputs: [node.inputs[0], name], attributes };
}

/** Height and width alone, in place of the sizes of all axes. */
function sizesOfImage(node: Node, sizes: readonly number[], initializers: Map<string, Tensor>): Node {
	const name = `${node.inputs[3]}/${node.outputs[0]}`;
	const axes = sizes.slice(1).map((_, i) => i + 2);
	initializers.set(name, int64([axes.length], sizes.slice(1)));
	const [x, region = ''] = node.inputs;
	return { ...node, inputs: [x, region, '', name], attributes: { ...node.attributes, ...toAttributes({ axes }) } };
}

function anyBatch(body: () => Graph): Graph {
	try {
		return body();
	} catch (cause) {
		if (!(cause instanceof AndonError) || cause.code !== 'GRAPH_INVALID') throw cause;
		throw tied(cause.facts.found, cause);
	}
}

function refuseTied({ nodes, initializers }: Graph): void {
	const node = nodes.find(({ inputs }) => inputs.some((name) => holdsBatch(initializers.get(name))));
	if (node) throw tied(`${node.op} "${node.name || node.outputs[0]}", which computes with the size of the batch`);
}

function tied(found: string, cause?: unknown): AndonError {
	return new AndonError(
		'MODEL_UNSUPPORTED',
		{
			expected: 'a model that takes any batch of images of this size',
			found,
			fix: 'Export the model with a dynamic batch, or for images of this size.',
		},
		{ cause },
	);
}

function holdsBatch(tensor: Tensor | undefined): boolean {
	if (!(tensor?.data instanceof BigInt64Array)) return false;
	return tensor.data.some((value) => value !== 0n && value % BigInt(MARKER) === 0n);
}
