/** How much noise each convolution adds by itself when it runs on integers. */
import type { Graph, Node } from '../../graph/graph.ts';
import { linksOf } from '../../graph/links.ts';
import { compareValues } from '../compare-values.ts';
import type { QuantizationParameters } from '../parameters.ts';
import { type Plan, resultOf } from '../plan.ts';
import type { QuantizedGraph } from '../quantize-graph.ts';
import type { Sample } from '../sample.ts';

/**
 * Signal to noise of each integer convolution that reads the float value, rounded to its codes, instead of what integers
 * made of it before: the noise of this layer and of no other, in dB.
 *
 * @returns by the convolution's output, noisiest first
 */
export async function layerNoise(
	float: Graph,
	plan: Plan,
	quantized: QuantizedGraph,
	samples: readonly Sample[],
): Promise<readonly { readonly output: string; readonly sqnrDb: number }[]> {
	const alone = eachAlone(float, plan, quantized);
	const differences = await compareValues(alone.graph, alone.graph, alone.pairs, samples);
	return [...plan.convolutions]
		.map((node) => ({
			output: node.outputs[0],
			sqnrDb: differences.get(resultOf(node, plan.absorbed))?.sqnrDb ?? Number.POSITIVE_INFINITY,
		}))
		.toSorted((a, b) => a.sqnrDb - b.sqnrDb);
}

/** The float graph with every integer convolution beside it, and which values to compare. */
function eachAlone(float: Graph, plan: Plan, quantized: QuantizedGraph) {
	const initializers = new Map(float.initializers);
	const nodes = [...float.nodes];
	const links = linksOf(quantized.graph);
	const rounded = new Map<string, string>();
	const pairs = new Map<string, string>();
	const roundedOf = (value: string, name: string, parameters: QuantizationParameters) => {
		nodes.push(...roundTrip(value, name, parameters, initializers));
		return name;
	};
	for (const node of plan.convolutions) {
		const [x] = node.inputs;
		const result = resultOf(node, plan.absorbed);
		const integer = links.producer(quantized.raw.get(node.outputs[0])!)!;
		const constants = integer.inputs.slice(1).map((name) => links.producer(name)!);
		for (const constant of constants) {
			nodes.push(constant);
			for (const name of constant.inputs) initializers.set(name, quantized.graph.initializers.get(name)!);
		}
		const input = rounded.get(x) ?? roundedOf(x, `alone/${x}`, quantized.parameters.get(x)!);
		rounded.set(x, input);
		const raw = `alone/${result}/raw`;
		nodes.push({ ...node, name: raw, inputs: [input, ...integer.inputs.slice(1)], outputs: [raw] });
		pairs.set(result, roundedOf(raw, `alone/${result}/result`, quantized.parameters.get(result)!));
	}
	return { graph: { ...float, nodes, initializers }, pairs };
}

/** A value rounded to its codes and back. */
function roundTrip(
	value: string,
	name: string,
	{ scale, zeroPoint }: QuantizationParameters,
	initializers: Map<string, Graph['initializers'] extends ReadonlyMap<string, infer T> ? T : never>,
): Node[] {
	const constants = [`${name}/scale`, `${name}/zero-point`];
	initializers.set(constants[0], { type: 'float32', dims: [], data: Float32Array.of(scale) });
	initializers.set(constants[1], { type: 'uint8', dims: [], data: Uint8Array.of(zeroPoint) });
	const shared = { domain: '', attributes: {} };
	const codes = `${name}/codes`;
	return [
		{ ...shared, name: codes, op: 'QuantizeLinear', inputs: [value, ...constants], outputs: [codes] },
		{ ...shared, name, op: 'DequantizeLinear', inputs: [codes, ...constants], outputs: [name] },
	];
}
