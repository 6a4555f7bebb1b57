/** Proves that a quantized model runs on integers: reads back the graph that ONNX Runtime made of it and counts. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringOf } from '../graph/attributes.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { type Links, linksOf } from '../graph/links.ts';
import { openModel } from '../inference/model.ts';

export interface AuditReport {
	/** Convolutions that run on integers. */
	readonly fused: number;
	/** Convolutions that run in float: name and operator. */
	readonly floatConvolutions: readonly string[];
	/**
	 * Values that go from integer to float and back, or change their scale: what computes them in between. What is made of
	 * the model's input alone (a float input, an image standardised) has to become integers once and does not count.
	 */
	readonly strayPairs: readonly string[];
	/**
	 * Values that linear interpolation computes in float, from integers to integers: ONNX Runtime's float kernel takes less
	 * time, both conversions included, than its kernel for uint8 and than the same written as convolutions on integers.
	 */
	readonly interpolated: readonly string[];
	/** Integer values that leave for float for good: value and the operators that read it (sigmoid, heads). */
	readonly leavesToFloat: readonly string[];
	/** What runs on integers, but not the fast way: transposes around integer convolutions, convolutions with float results. */
	readonly slowPath: readonly string[];
	/** Operators of the graph that really runs, by how often they occur. */
	readonly operators: Readonly<Record<string, number>>;
	/** Every convolution runs on integers and nothing is converted back and forth that could be spared it. */
	readonly passed: boolean;
}

const FLOAT_CONVOLUTIONS = new Set(['Conv', 'FusedConv', 'NhwcFusedConv', 'ConvTranspose', 'ConvInteger']);

/** @param model bytes of a quantized ONNX model */
export async function audit(model: Uint8Array): Promise<AuditReport> {
	const graph = await optimizedGraph(model);
	const links = linksOf(graph);
	const named = (node: Node) => `${node.op} ${node.name || node.outputs[0]}`;
	const floatConvolutions = graph.nodes.filter(({ op }) => FLOAT_CONVOLUTIONS.has(op)).map(named);
	const computed = behindIntegerKernels(graph);
	const converted = graph.nodes
		.filter(({ op, inputs: [x] }) => op === 'QuantizeLinear' && computed.has(x))
		.map(({ inputs: [x] }) => ({ value: x, node: links.producer(x)! }));
	const [interpolated, strayPairs] = [true, false].map((wanted) =>
		converted
			.filter(({ node }) => interpolates(node) === wanted)
			.map(({ value, node }) => `${value} from ${named(node)}`),
	);
	const leavesToFloat = graph.nodes
		.filter(({ op, inputs }) => op === 'DequantizeLinear' && !graph.initializers.has(inputs[0]))
		.map(
			({ inputs, outputs: [name] }) =>
				`${inputs[0]} to ${
					links
						.consumers(name)
						.map(({ op }) => op)
						.join(', ') || 'an output'
				}`,
		);
	const operators: Record<string, number> = {};
	for (const { op } of graph.nodes) operators[op] = (operators[op] ?? 0) + 1;
	const fused = operators.QLinearConv ?? 0;
	const passed = fused > 0 && floatConvolutions.length === 0 && strayPairs.length === 0;
	const slowPath = slowPathOf(graph, links);
	return { fused, floatConvolutions, strayPairs, interpolated, leavesToFloat, slowPath, operators, passed };
}

function interpolates(node: Node): boolean {
	return (node.op === 'Resize' || node.op === 'Upsample') && stringOf(node, 'mode', 'nearest') === 'linear';
}

/** The values that some integer kernel has had a part in. */
function behindIntegerKernels(graph: Graph): ReadonlySet<string> {
	const known = new Set<string>();
	for (const { op, inputs, outputs } of graph.nodes)
		if (isIntegerKernel(op) || inputs.some((name) => known.has(name))) for (const name of outputs) known.add(name);
	return known;
}

/** ONNX Runtime's names: QLinearConv, QLinearAdd, QGemm, QLinearGlobalAveragePool, … */
function isIntegerKernel(op: string): boolean {
	return op.startsWith('QLinear') || op.startsWith('QGemm') || op.endsWith('Integer');
}

/** Kernels that run from one layout to the other cost a transpose each; ConvInteger leaves the scaling to float. */
function slowPathOf(graph: Graph, links: Links): readonly string[] {
	const isInteger = (node: Node | undefined) => node !== undefined && /^QLinear|Linear$/.test(node.op);
	return graph.nodes.flatMap((node) => {
		const what = `${node.op} ${node.name || node.outputs[0]}`;
		if (node.op === 'ConvInteger') return [`${what}: gives int32, which float operators scale`];
		const [before, after] = [links.producer(node.inputs[0]), links.consumers(node.outputs[0]).find(isInteger)];
		if (node.op === 'Transpose' && (isInteger(before) || after))
			return [`${what}: between ${before?.op ?? 'an input'} and ${after?.op ?? 'an output'}`];
		const between = before?.op === 'DequantizeLinear' && after?.op === 'QuantizeLinear';
		return FLOAT_CONVOLUTIONS.has(node.op) && between ? [`${what}: in float, from integers to integers`] : [];
	});
}

/** What ONNX Runtime makes of a model on this CPU. */
async function optimizedGraph(model: Uint8Array): Promise<Graph> {
	const folder = await mkdtemp(join(tmpdir(), 'andon-audit-'));
	try {
		const optimizedModelPath = join(folder, 'optimized.onnx');
		const session = await openModel(model, { threads: 1, optimizedModelPath });
		await session.close();
		return decodeModel(await readFile(optimizedModelPath));
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
