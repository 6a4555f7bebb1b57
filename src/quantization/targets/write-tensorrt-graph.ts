/** Writes a float graph with symmetric int8 at the places of a plan: Q and DQ pairs, weights per output channel, float bias. */
import { toAttributes } from '../../graph/attributes.ts';
import type { Graph, Node, Tensor } from '../../graph/graph.ts';
import { dropDeadNodes } from '../../graph/passes/drop-dead-nodes.ts';
import { INT8, type QuantizationParameters, quantize, type Range, weightScale } from '../parameters.ts';
import type { Corrections } from '../quantize-graph.ts';
import { meanShifts } from '../quantize-weights.ts';
import type { Built } from '../scheme.ts';
import { isConvolution, type TensorrtPlan } from './tensorrt-plan.ts';

/** @param ranges of the values that the plan quantizes */
export function writeTensorrtGraph(
	graph: Graph,
	plan: TensorrtPlan,
	ranges: ReadonlyMap<string, Range>,
	corrections: Corrections = {},
): Built {
	const writer = new Writer(graph, ranges, corrections);
	for (const node of graph.nodes) writer.write(node, plan.inputs.get(node) ?? []);
	const { nodes, initializers, parameters } = writer;
	const written = dropDeadNodes({ ...graph, nodes, initializers }).graph;
	const raw = new Map(Array.from(plan.inputs.keys(), ({ outputs: [name] }) => [name, name]));
	return { graph: written, codes: 'int8', parameters, raw };
}

/** Symmetric int8 along one axis of a weight, as codes and scales. */
export function symmetricWeight(
	weight: Tensor,
	axis: number,
): { readonly codes: Int8Array; readonly scales: Float32Array } {
	const values = weight.data as Float32Array;
	const channels = weight.dims[axis];
	const inner = weight.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
	const channelOf = (i: number) => Math.floor(i / inner) % channels;
	const largest = new Float32Array(channels);
	for (let i = 0; i < values.length; i++) largest[channelOf(i)] = Math.max(largest[channelOf(i)], Math.abs(values[i]));
	const scales = largest.map(weightScale);
	const codes = Int8Array.from(values, (w, i) => quantize(w, { scale: scales[channelOf(i)], zeroPoint: 0 }, INT8));
	return { codes, scales };
}

class Writer {
	readonly nodes: Node[] = [];
	readonly initializers: Map<string, Tensor>;
	/** Of the values that are int8. */
	readonly parameters = new Map<string, QuantizationParameters>();
	readonly #graph: Graph;
	readonly #ranges: ReadonlyMap<string, Range>;
	readonly #corrections: Corrections;
	readonly #dequantized = new Map<string, string>();
	readonly #taken: Set<string>;

	constructor(graph: Graph, ranges: ReadonlyMap<string, Range>, corrections: Corrections) {
		this.#graph = graph;
		this.#ranges = ranges;
		this.#corrections = corrections;
		this.initializers = new Map(graph.initializers);
		const made = graph.nodes.flatMap(({ outputs }) => outputs);
		this.#taken = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys(), ...made]);
	}

	write(node: Node, quantized: readonly number[]): void {
		const inputs = node.inputs.map((name, i) => (quantized.includes(i) ? this.#quantized(name) : name));
		const weighted = quantized.length > 0 && isConvolution(node) ? this.#weigh(node, inputs) : inputs;
		this.nodes.push({ ...node, inputs: weighted });
	}

	/** One pair a value, whoever reads it. */
	#quantized(name: string): string {
		const known = this.#dequantized.get(name);
		if (known !== undefined) return known;
		const { min, max } = this.#ranges.get(name)!;
		const scale = weightScale(Math.max(Math.abs(min), Math.abs(max)));
		this.parameters.set(name, { scale, zeroPoint: 0 });
		const constants = this.#constants(name, { type: 'float32', dims: [], data: Float32Array.of(scale) });
		const codes = this.#push('QuantizeLinear', [name, ...constants], `${name}/int8`);
		const output = this.#push('DequantizeLinear', [codes, ...constants], `${name}/dequantized`);
		this.#dequantized.set(name, output);
		return output;
	}

	/** The inputs of a convolution with its weight in int8, and with what corrects the means in its float bias. */
	#weigh(node: Node, [input, weightName, biasName = '']: readonly string[]): readonly string[] {
		const axis = node.op === 'Conv' ? 0 : 1;
		const weight = this.#graph.initializers.get(weightName)!;
		const { codes: nearest, scales } = symmetricWeight(weight, axis);
		const codes = this.#corrections.codes?.get(node.outputs[0]);
		const written = this.#weight(weightName, weight, axis, scales, codes ?? nearest, codes !== undefined);
		const shift = axis === 0 ? this.#biasShift(node, weight, codes ?? nearest, scales) : undefined;
		const bias = shift ? this.#bias(biasName, weightName, shift) : biasName;
		return [input, written, ...(bias === '' ? [] : [bias])];
	}

	/** @param isOwn whether these codes are this reader's, though others read the same weight */
	#weight(name: string, weight: Tensor, axis: number, scales: Float32Array, codes: Int8Array, isOwn: boolean): string {
		const known = isOwn ? undefined : this.#dequantized.get(`${name} ${axis}`);
		if (known !== undefined) return known;
		const stored = this.#constant(`${name}/int8`, { type: 'int8', dims: weight.dims, data: codes });
		const constants = this.#constants(name, { type: 'float32', dims: [scales.length], data: scales });
		const output = this.#push('DequantizeLinear', [stored, ...constants], `${name}/dequantized`, axis);
		if (!isOwn) this.#dequantized.set(`${name} ${axis}`, output);
		return output;
	}

	/** What corrections add to a bias, [Co]; undefined when nothing is corrected. */
	#biasShift(node: Node, weight: Tensor, codes: Int8Array, scales: Float32Array): Float64Array | undefined {
		const { channelMeans, biasShifts } = this.#corrections;
		const means = channelMeans?.get(node.inputs[0]);
		const measured = biasShifts?.get(node.outputs[0]);
		if (!means) return measured;
		const derived = meanShifts(weight, codes, scales, means);
		return derived.map((shift, c) => (measured?.[c] ?? 0) - shift);
	}

	#bias(name: string, weightName: string, shift: Float64Array): string {
		const before = this.#graph.initializers.get(name)?.data;
		const data = Float32Array.from(shift, (add, c) => Number(before?.[c] ?? 0) + add);
		return this.#constant(`${name || `${weightName}-bias`}/corrected`, { type: 'float32', dims: [data.length], data });
	}

	#constants(name: string, scales: Tensor): readonly string[] {
		const zeros: Tensor = { type: 'int8', dims: scales.dims, data: new Int8Array(scales.data.length) };
		return [this.#constant(`${name}/scale`, scales), this.#constant(`${name}/zero-point`, zeros)];
	}

	#push(op: string, inputs: readonly string[], wanted: string, axis?: number): string {
		const output = this.#name(wanted);
		const name = `${output}/${op}`;
		this.nodes.push({ name, op, domain: '', inputs, outputs: [output], attributes: toAttributes({ axis }) });
		return output;
	}

	#constant(wanted: string, tensor: Tensor): string {
		const name = this.#name(wanted);
		this.initializers.set(name, tensor);
		return name;
	}

	#name(wanted: string): string {
		let name = wanted;
		for (let i = 2; this.#taken.has(name); i++) name = `${wanted}-${i}`;
		this.#taken.add(name);
		return name;
	}
}
