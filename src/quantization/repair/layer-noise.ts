/** How much noise each convolution adds by itself when it runs on integers. */
import type { Graph, Node, Tensor } from '../../graph/graph.ts';
import { linksOf } from '../../graph/links.ts';
import { compareValues } from '../compare-values.ts';
import type { QuantizationParameters } from '../parameters.ts';
import { resultOf } from '../plan.ts';
import type { Sample } from '../sample.ts';
import type { Built, SchemePlan } from '../scheme.ts';

type Plan = Pick<SchemePlan, 'convolutions' | 'absorbed'>;

/**
 * Signal to noise of each integer convolution that reads the float value, rounded to its codes, instead of what integers
 * made of it before: the noise of this layer and of no other, in dB.
 *
 * @returns by the convolution's output, noisiest first
 */
export async function layerNoise(
	float: Graph,
	plan: Plan,
	quantized: Built,
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
function eachAlone(float: Graph, plan: Plan, quantized: Built) {
	const initializers = new Map<string, Tensor>(float.initializers);
	const nodes = [...float.nodes];
	const links = linksOf(quantized.graph);
	const rounded = new Map<string, string>();
	const pairs = new Map<string, string>();
	const roundedOf = (value: string, name: string, parameters: QuantizationParameters) => {
		nodes.push(...roundTrip(value, name, parameters, quantized.codes, initializers));
		return name;
	};
	for (const node of plan.convolutions) {
		const [x] = node.inputs;
		const result = resultOf(node, plan.absorbed);
		const integer = links.producer(quantized.raw.get(node.outputs[0])!)!;
		for (const name of integer.inputs.slice(1)) {
			const constant = links.producer(name);
			if (constant) nodes.push(constant);
			for (const stored of constant?.inputs ?? [name])
				initializers.set(stored, quantized.graph.initializers.get(stored)!);
		}
		const input = rounded.get(x) ?? roundedOf(x, `alone/${x}`, quantized.parameters.get(x)!);
		rounded.set(x, input);
		const raw = `alone/${result}/raw`;
		nodes.push({ ...node, name: raw, inputs: [input, ...integer.inputs.slice(1)], outputs: [raw] });
		const given = quantized.parameters.get(result);
		pairs.set(result, given ? roundedOf(raw, `alone/${result}/result`, given) : raw);
	}
	return { graph: { ...float, nodes, initializers }, pairs };
}

/** A value rounded to its codes and back. */
function roundTrip(
	value: string,
	name: string,
	{ scale, zeroPoint }: QuantizationParameters,
	codesType: Built['codes'],
	initializers: Map<string, Tensor>,
): Node[] {
	const constants = [`${name}/scale`, `${name}/zero-point`];
	initializers.set(constants[0], { type: 'float32', dims: [], data: Float32Array.of(scale) });
	initializers.set(constants[1], {
		type: codesType,
		dims: [],
		data: codesType === 'uint8' ? Uint8Array.of(zeroPoint) : Int8Array.of(zeroPoint),
	});
	const shared = { domain: '', attributes: {} };
	const codes = `${name}/codes`;
	return [
		{ ...shared, name: codes, op: 'QuantizeLinear', inputs: [value, ...constants], outputs: [codes] },
		{ ...shared, name, op: 'DequantizeLinear', inputs: [codes, ...constants], outputs: [name] },
	];
}
