/** Writes a float graph with symmetric int8 at the places of a plan: Q and DQ pairs, weights per output channel, float bias. */
import { toAttributes } from '../../graph/attributes.ts';
import type { Graph, Node, Tensor } from '../../graph/graph.ts';
import { dropDeadNodes } from '../../graph/passes/drop-dead-nodes.ts';
import { INT8, quantize, type Range, weightScale } from '../parameters.ts';
import { isConvolution, type TensorrtPlan } from './tensorrt-plan.ts';

/** @param ranges of the values that the plan quantizes */
export function writeTensorrtGraph(graph: Graph, plan: TensorrtPlan, ranges: ReadonlyMap<string, Range>): Graph {
	const writer = new Writer(graph, ranges);
	for (const node of graph.nodes) writer.write(node, plan.inputs.get(node) ?? []);
	return dropDeadNodes({ ...graph, nodes: writer.nodes, initializers: writer.initializers }).graph;
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
	readonly #graph: Graph;
	readonly #ranges: ReadonlyMap<string, Range>;
	readonly #dequantized = new Map<string, string>();
	readonly #taken: Set<string>;

	constructor(graph: Graph, ranges: ReadonlyMap<string, Range>) {
		this.#graph = graph;
		this.#ranges = ranges;
		this.initializers = new Map(graph.initializers);
		const made = graph.nodes.flatMap(({ outputs }) => outputs);
		this.#taken = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys(), ...made]);
	}

	write(node: Node, quantized: readonly number[]): void {
		const inputs = node.inputs.map((name, i) => (quantized.includes(i) ? this.#quantized(name) : name));
		if (quantized.length > 0 && isConvolution(node)) inputs[1] = this.#weight(node);
		this.nodes.push({ ...node, inputs });
	}

	/** One pair a value, whoever reads it. */
	#quantized(name: string): string {
		const known = this.#dequantized.get(name);
		if (known !== undefined) return known;
		const { min, max } = this.#ranges.get(name)!;
		const scale = Float32Array.of(weightScale(Math.max(Math.abs(min), Math.abs(max))));
		const parameters = this.#parameters(name, { type: 'float32', dims: [], data: scale });
		const codes = this.#push('QuantizeLinear', [name, ...parameters], `${name}/int8`);
		const output = this.#push('DequantizeLinear', [codes, ...parameters], `${name}/dequantized`);
		this.#dequantized.set(name, output);
		return output;
	}

	#weight(node: Node): string {
		const name = node.inputs[1];
		const axis = node.op === 'Conv' ? 0 : 1;
		const known = this.#dequantized.get(`${name} ${axis}`);
		if (known !== undefined) return known;
		const weight = this.#graph.initializers.get(name)!;
		const { codes, scales } = symmetricWeight(weight, axis);
		const stored = this.#constant(`${name}/int8`, { type: 'int8', dims: weight.dims, data: codes });
		const parameters = this.#parameters(name, { type: 'float32', dims: [scales.length], data: scales });
		const output = this.#push('DequantizeLinear', [stored, ...parameters], `${name}/dequantized`, axis);
		this.#dequantized.set(`${name} ${axis}`, output);
		return output;
	}

	#parameters(name: string, scales: Tensor): readonly string[] {
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
