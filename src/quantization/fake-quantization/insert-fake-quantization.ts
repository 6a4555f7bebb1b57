/** Puts rounding to integer codes into a float network, exactly where the CPU's quantized model will round. */
import { float, toAttributes } from '../../graph/attributes.ts';
import { GraphBuilder } from '../../graph/builder.ts';
import { float32, type Graph, type Node } from '../../graph/graph.ts';
import { INT8, type QuantizationParameters, UINT8 } from '../parameters.ts';
import { isIntegerConvolution, keepsCodes } from '../plan.ts';

/**
 * A network that computes what `quantizeGraph` will make of it, to rounding, and that can be trained: activations round to
 * uint8 at the given parameters, weights of convolutions to int8 at scales that follow them, their biases to int32.
 *
 * @param network float, with batch normalisation folded
 * @param parameters of every value that is quantized, as `shareParameters` gives them
 * @param keptInFloat outputs of convolutions whose weights do not round
 */
export function insertFakeQuantization(
	network: Graph,
	parameters: ReadonlyMap<string, QuantizationParameters>,
	keptInFloat: ReadonlySet<string> = new Set(),
): Graph {
	const g = new GraphBuilder(network.name);
	for (const { name, type, shape } of network.inputs) g.input(name, type, shape ?? []);
	for (const [name, tensor] of network.initializers) g.constant(tensor, name);
	const outputs = new Set(network.outputs.map(({ name }) => name));
	/** A value of the network → the value on the grid of its codes that takes its place. */
	const replaced = new Map<string, string>();
	for (const { name } of network.inputs) if (parameters.has(name)) round(g, name, name, parameters, replaced);
	for (const node of network.nodes) {
		const [result] = node.outputs;
		const inputs = node.inputs.map((name) => replaced.get(name) ?? name);
		const isInteger = isIntegerConvolution(node, network) && !keptInFloat.has(result);
		const weighted = isInteger ? weigh(g, node, inputs, parameters) : inputs;
		const isRounded = parameters.has(result) && !isOnGrid(node, parameters);
		const raw = isRounded && outputs.has(result) ? `${result}/float` : result;
		g.append({ ...node, inputs: weighted, outputs: [raw, ...node.outputs.slice(1)] });
		if (isRounded) round(g, raw, result, parameters, replaced);
	}
	for (const { name } of network.outputs) g.output(name);
	return g.build(network.metadata);
}

/** Whether a node only moves codes that are there already, at the parameters of its output. */
function isOnGrid(node: Node, parameters: ReadonlyMap<string, QuantizationParameters>): boolean {
	if (!keepsCodes(node)) return false;
	const result = parameters.get(node.outputs[0])!;
	const moved = node.op === 'Concat' ? node.inputs : node.inputs.slice(0, 1);
	return moved.every((name) => {
		const given = parameters.get(name);
		return given?.scale === result.scale && given.zeroPoint === result.zeroPoint;
	});
}

/** Rounds `raw`; the result is called `value` where that name is still free. */
function round(
	g: GraphBuilder,
	raw: string,
	value: string,
	parameters: ReadonlyMap<string, QuantizationParameters>,
	replaced: Map<string, string>,
): void {
	const { scale, zeroPoint } = parameters.get(value)!;
	const name = raw === value ? `${value}/rounded` : value;
	g.append({
		name: `${name}/FakeQuantize`,
		op: 'FakeQuantize',
		domain: 'andon',
		inputs: [raw, g.constant(float32([], [scale])), g.constant(float32([], [zeroPoint]))],
		outputs: [name],
		attributes: toAttributes({ qmin: UINT8.min, qmax: UINT8.max }),
	});
	replaced.set(value, name);
}

/** The inputs of a convolution with weight and bias rounded channel by channel. */
function weigh(
	g: GraphBuilder,
	node: Node,
	[x, ...learnt]: readonly string[],
	parameters: ReadonlyMap<string, QuantizationParameters>,
): readonly string[] {
	const { scale } = parameters.get(node.inputs[0])!;
	const attributes = { qmax: INT8.max, input_scale: float(scale) };
	return [x, ...g.ops('FakeQuantizeWeights', learnt, attributes, { domain: 'andon', outputs: learnt.length })];
}
