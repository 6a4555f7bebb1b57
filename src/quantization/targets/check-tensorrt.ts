/**
 * TensorRT's published rules for explicit quantization, as far as a graph shows whether it keeps them.
 *
 * Sources: NVIDIA, TensorRT documentation, "Explicit Quantization" with its recommendations for placing Q/DQ layers, and
 * `DataType`; onnx-tensorrt, `docs/operators.md` and the checks of its importer of QuantizeLinear and DequantizeLinear;
 * ONNX Runtime issue 14229 (int32 biases are refused).
 */
import { intOf } from '../../graph/attributes.ts';
import type { Graph, Node, Tensor } from '../../graph/graph.ts';
import { type Links, linksOf } from '../../graph/links.ts';
import { isMover } from '../plan.ts';

export interface Violation {
	readonly rule: RuleName;
	/** The node, or the input, that breaks it. */
	readonly node: string;
	readonly found: string;
	readonly fix: string;
}

interface Context {
	readonly graph: Graph;
	readonly links: Links;
}

type Breach = Omit<Violation, 'rule'>;

/** What each rule finds at one node. */
const RULES = {
	/** Operators that compute on codes are unknown to it; it makes its own from floats between Q and DQ. */
	'no-integer-operators': (node) =>
		/^QLinear|Integer$|^DynamicQuantizeLinear$/.test(node.op)
			? [breach(node, node.op, 'Write the float operator with DequantizeLinear before it.')]
			: [],
	/** It reads the operators of ONNX. */
	'standard-operators': (node) =>
		node.domain === ''
			? []
			: [
					breach(
						node,
						`domain ${node.domain}`,
						'Write it in operators of the standard domain, before any optimizer ran.',
					),
				],
	/** Codes are int8; uint8 is for its DLA alone. */
	'int8-codes': (node, { graph }) => {
		const type = isQuantization(node) ? codeType(node, graph) : 'int8';
		return type === 'int8' || type === 'int32'
			? []
			: [breach(node, `${type} codes`, 'Quantize symmetrically to int8.')];
	},
	/** The importer refuses any other. */
	'zero-points-zero': (node, { graph }) => {
		const zeros = isQuantization(node) ? graph.initializers.get(node.inputs[2] ?? '') : undefined;
		const other = zeros && Array.from(zeros.data, Number).find((zero) => zero !== 0);
		return other === undefined ? [] : [breach(node, `zero point ${other}`, 'Quantize symmetrically, around zero.')];
	},
	/** Constant, positive, and as many as zero points. */
	scales: (node, { graph }) => {
		if (!isQuantization(node)) return [];
		const scales = graph.initializers.get(node.inputs[1]);
		if (!scales) return [breach(node, 'a scale that is computed', 'Make the scale a constant.')];
		const wrong = Array.from(scales.data, Number).find((scale) => !(scale > 0 && Number.isFinite(scale)));
		if (wrong !== undefined) return [breach(node, `scale ${wrong}`, 'Make every scale positive and finite.')];
		const zeros = graph.initializers.get(node.inputs[2] ?? '');
		return zeros && zeros.data.length !== scales.data.length
			? [breach(node, `${scales.data.length} scales, ${zeros.data.length} zero points`, 'Give as many of each.')]
			: [];
	},
	/** One scale for activations; weights have one, or one per output channel. */
	'scale-axis': (node, context) => (isQuantization(node) ? wrongAxis(node, context) : []),
	/** It keeps biases in float, and refuses to dequantize int32. */
	'float-bias': (node, { graph }) =>
		isQuantization(node) && codeType(node, graph) === 'int32'
			? [breach(node, 'int32 codes', 'Keep the bias in float32.')]
			: [],
	/** Codes come from a Q and go to a DQ; only what moves values may stand between. */
	'q-dq-pairs': (node, context) => unpaired(node, context),
	/** A convolution is fused to integers only when activations and weights are quantized. */
	'both-inputs': (node, context) => {
		if (!WEIGHTED.has(node.op) || node.domain !== '') return [];
		const [x, w] = node.inputs.slice(0, 2).map((name) => isDequantized(name, context));
		if (x === w) return [];
		return [breach(node, x ? 'float weights' : 'float activations', 'Quantize both inputs, or neither.')];
	},
	/** Nothing between a convolution and its activation, or they cannot be fused. */
	'float-outputs': (node, context) => quantizedTooEarly(node, context),
	/** An addition between quantized layers fuses with one convolution only; its other inputs must be int8. */
	'residual-inputs': (node, context) => floatResiduals(node, context),
	/** uint8 exists as an input of the network only, to be converted first. */
	'bytes-cast-first': (node, { graph }) => {
		const bytes = new Set(graph.inputs.filter(({ type }) => type === 'uint8').map(({ name }) => name));
		return node.op !== 'Cast' && node.inputs.some((name) => bytes.has(name))
			? [breach(node, `${node.op} of uint8`, 'Cast the input to float before anything else.')]
			: [];
	},
} satisfies Record<string, (node: Node, context: Context) => readonly Breach[]>;

export type RuleName = keyof typeof RULES;

/** Everything in a graph with QuantizeLinear and DequantizeLinear that TensorRT would refuse, or run in float. */
export function checkTensorrt(graph: Graph): readonly Violation[] {
	const context = { graph, links: linksOf(graph) };
	return graph.nodes.flatMap((node) =>
		Object.entries(RULES).flatMap(([rule, find]) =>
			find(node, context).map((found) => ({ rule: rule as RuleName, ...found })),
		),
	);
}

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const BEHIND_CONVOLUTION = new Set(['Relu', 'Clip', 'LeakyRelu', 'PRelu', 'Elu', 'HardSwish', 'BatchNormalization']);

function breach({ name, outputs }: Node, found: string, fix: string): Breach {
	return { node: name || outputs[0], found, fix };
}

function isQuantization({ op, domain }: Node): boolean {
	return domain === '' && (op === 'QuantizeLinear' || op === 'DequantizeLinear');
}

/** Without a zero point, QuantizeLinear gives uint8, and DequantizeLinear takes what comes. */
function codeType(node: Node, graph: Graph): string {
	const known = graph.initializers.get(node.inputs[2] ?? '') ?? graph.initializers.get(node.inputs[0]);
	if (node.op === 'DequantizeLinear') return known?.type ?? 'int8';
	return (
		graph.initializers.get(node.inputs[2] ?? '')?.type ?? (intOf(node, 'output_dtype', 2) === 3 ? 'int8' : 'uint8')
	);
}

/** The constant behind a DQ, or a Q and a DQ. */
function constantOf(node: Node, { graph, links }: Context): Tensor | undefined {
	const [x] = node.inputs;
	const source = links.producer(x);
	return graph.initializers.get(source?.op === 'QuantizeLinear' ? source.inputs[0] : x);
}

function wrongAxis(node: Node, context: Context): readonly Breach[] {
	const { graph, links } = context;
	const scales = graph.initializers.get(node.inputs[1]);
	if (!scales || scales.data.length === 1) return [];
	const constant = constantOf(node, context);
	if (!constant) return [breach(node, `${scales.data.length} scales`, 'Give an activation one scale.')];
	const rank = constant.dims.length;
	const axis = (intOf(node, 'axis', 1) + rank) % rank;
	const reader = links
		.consumers(node.outputs[0])
		.flatMap((next) => (isQuantization(next) ? links.consumers(next.outputs[0]) : [next]))[0];
	const wanted = reader && channelAxis(reader, rank);
	if (wanted === undefined || (axis === wanted && scales.data.length === constant.dims[axis])) return [];
	return [
		breach(
			node,
			`${scales.data.length} scales on axis ${axis}`,
			`Give one scale per output channel, on axis ${wanted}.`,
		),
	];
}

/** Where the output channels of a weight are. */
function channelAxis(reader: Node, rank: number): number | undefined {
	if (reader.op === 'Conv') return 0;
	if (reader.op === 'ConvTranspose') return 1;
	if (reader.op === 'Gemm') return intOf(reader, 'transB', 0) === 1 ? 0 : 1;
	return reader.op === 'MatMul' ? rank - 1 : undefined;
}

function unpaired(node: Node, context: Context): readonly Breach[] {
	if (!isQuantization(node)) return [];
	const { graph, links } = context;
	if (node.op === 'DequantizeLinear') {
		const source = sourceOf(node.inputs[0], links);
		if (source.node ? source.node.op === 'QuantizeLinear' : isStored(source.name, graph)) return [];
		return [breach(node, `codes from ${source.node?.op ?? source.name}`, 'Put a QuantizeLinear before it.')];
	}
	const outputs = new Set(graph.outputs.map(({ name }) => name));
	const strangers = readersOf(node.outputs[0], links).filter(({ op }) => op !== 'DequantizeLinear');
	const found = outputs.has(node.outputs[0])
		? 'codes as an output'
		: strangers[0] && `codes read by ${strangers[0].op}`;
	return found ? [breach(node, found, 'Put a DequantizeLinear behind it.')] : [];
}

/** A constant, or an input of the network. */
function isStored(name: string, { initializers, inputs }: Graph): boolean {
	return initializers.has(name) || inputs.some((input) => input.name === name && input.type === 'int8');
}

/** What makes a value, before it was moved around. */
function sourceOf(name: string, links: Links): { readonly node?: Node; readonly name: string } {
	const node = links.producer(name);
	return node && isMover(node) ? sourceOf(node.inputs[0], links) : { node, name };
}

/** Who reads a value, after it was moved around. */
function readersOf(name: string, links: Links): readonly Node[] {
	return links.consumers(name).flatMap((node) => (isMover(node) ? readersOf(node.outputs[0], links) : [node]));
}

function isDequantized(name: string, { links }: Context): boolean {
	return sourceOf(name, links).node?.op === 'DequantizeLinear';
}

function quantizedTooEarly(node: Node, { links }: Context): readonly Breach[] {
	if (node.op !== 'QuantizeLinear') return [];
	const producer = links.producer(node.inputs[0]);
	if (!producer || !WEIGHTED.has(producer.op)) return [];
	const readers = readersOf(node.outputs[0], links).flatMap(({ outputs }) => readersOf(outputs[0], links));
	const early = readers.find(({ op }) => BEHIND_CONVOLUTION.has(op));
	return early
		? [breach(node, `Q and DQ between ${producer.op} and ${early.op}`, `Quantize behind the ${early.op}.`)]
		: [];
}

function floatResiduals(node: Node, context: Context): readonly Breach[] {
	const { graph, links } = context;
	if (node.op !== 'Add' || node.inputs.some((name) => graph.initializers.has(name))) return [];
	const behind = readersOf(node.outputs[0], links);
	const next = behind.flatMap((reader) =>
		BEHIND_CONVOLUTION.has(reader.op) ? readersOf(reader.outputs[0], links) : [reader],
	);
	if (!next.some(({ op }) => op === 'QuantizeLinear')) return [];
	const floats = node.inputs.filter((name) => !isDequantized(name, context));
	const fused = floats.filter((name) => WEIGHTED.has(links.producer(name)?.op ?? '') && links.onlyConsumer(name));
	if (floats.length === 0 || (floats.length === 1 && fused.length === 1)) return [];
	const wrong = floats.find((name) => !fused.includes(name)) ?? floats[1];
	return [breach(node, `${wrong} in float`, 'Put Q and DQ before this input of the addition.')];
}
