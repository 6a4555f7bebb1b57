/** Writes a float graph as a quantized one: QuantizeLinear and DequantizeLinear around what ONNX Runtime then fuses. */
import { AndonError } from '../base/errors.ts';
import { intOf, toAttributes } from '../graph/attributes.ts';
import type { Graph, Node, Tensor } from '../graph/graph.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import type { QuantizationParameters, Range } from './parameters.ts';
import { keepsCodes, type Plan, planQuantization, resultOf } from './plan.ts';
import { quantizeWeights } from './quantize-weights.ts';
import { shareParameters } from './share-parameters.ts';

export interface QuantizedGraph {
	readonly graph: Graph;
	readonly codes: 'uint8';
	/** The same with every value of `dequantized`, whether anything reads it or not. */
	readonly traced: Graph;
	readonly parameters: ReadonlyMap<string, QuantizationParameters>;
	/** A value of the float graph → the value of the quantized graph that stands for it, in float. */
	readonly dequantized: ReadonlyMap<string, string>;
	/** Output of a convolution of the float graph → what the integer one gives before its activation and rounding. */
	readonly raw: ReadonlyMap<string, string>;
}

/** What repairs change of the integers; values by the output of a convolution of the float graph, except means. */
export interface Corrections {
	/** Means of the channels of values, [channels] each: biases take back what rounding the weights shifts. */
	readonly channelMeans?: ReadonlyMap<string, Float64Array>;
	/** Codes instead of rounding to the nearest. */
	readonly codes?: ReadonlyMap<string, Int8Array>;
	/** What to add to the biases, [filters] each. */
	readonly biasShifts?: ReadonlyMap<string, Float64Array>;
}

/**
 * Static quantization for the CPU: uint8 activations, int8 weights per channel, int32 bias, camera bytes as they are.
 *
 * @param graph float, with batch normalisation folded
 * @param ranges of the values that the plan wants as integers
 * @throws MODEL_UNSUPPORTED when the operator set is too old for scales per channel
 */
export function quantizeGraph(
	graph: Graph,
	ranges: ReadonlyMap<string, Range>,
	plan: Plan = planQuantization(graph),
	corrections: Corrections = {},
): QuantizedGraph {
	if (!(graph.opsets[''] >= 13))
		throw new AndonError('MODEL_UNSUPPORTED', {
			expected: 'ONNX operator set 13 or newer',
			found: `operator set ${graph.opsets['']}`,
			fix: 'Export the model again with a newer operator set.',
		});
	const parameters = shareParameters(graph, plan, ranges);
	const writer = new Writer(graph, plan, parameters, corrections);
	writer.writeInputs();
	for (const node of graph.nodes) writer.write(node);
	const traced = { ...graph, nodes: writer.nodes, initializers: writer.initializers };
	const { dequantized, raw } = writer;
	return { graph: dropDeadNodes(traced).graph, codes: 'uint8', traced, parameters, dequantized, raw };
}

class Writer {
	readonly nodes: Node[] = [];
	readonly initializers: Map<string, Tensor>;
	readonly dequantized = new Map<string, string>();
	readonly raw = new Map<string, string>();
	/** A value of the float graph → its codes. */
	readonly #codes = new Map<string, string>();
	readonly #graph: Graph;
	readonly #plan: Plan;
	readonly #parameters: ReadonlyMap<string, QuantizationParameters>;
	readonly #corrections: Corrections;
	readonly #outputs: ReadonlySet<string>;
	readonly #taken: Set<string>;

	constructor(
		graph: Graph,
		plan: Plan,
		parameters: ReadonlyMap<string, QuantizationParameters>,
		corrections: Corrections,
	) {
		this.#graph = graph;
		this.#corrections = corrections;
		this.#plan = plan;
		this.#parameters = parameters;
		this.initializers = new Map(graph.initializers);
		this.#outputs = new Set(graph.outputs.map(({ name }) => name));
		this.#taken = new Set([
			...graph.inputs.map(({ name }) => name),
			...graph.initializers.keys(),
			...graph.nodes.flatMap(({ outputs }) => outputs),
		]);
	}

	/** The camera's bytes, or float inputs that have to be quantized first. */
	writeInputs(): void {
		if (this.#plan.camera) this.#writeCamera(this.#plan.camera);
		for (const { name } of this.#graph.inputs) if (this.#plan.integers.has(name)) this.#writePair(name, name);
	}

	write(node: Node): void {
		const { camera, clipped, convolutions, products, absorbed, integers } = this.#plan;
		if (camera?.nodes.includes(node) || clipped.has(node)) return;
		if (this.#movesCodes(node)) {
			this.#moveCodes(node);
			return;
		}
		const inputs = node.inputs.map((name) => this.dequantized.get(name) ?? name);
		if (products.has(node)) {
			this.nodes.push(this.#weighProduct(node, inputs[0]));
			return;
		}
		const weighted = convolutions.has(node) ? this.#weigh(node, inputs[0]) : inputs;
		const result = clipped.has(absorbed.get(node) ?? node) ? resultOf(node, absorbed) : node.outputs[0];
		if (!integers.has(result)) {
			this.nodes.push({ ...node, inputs: weighted });
			return;
		}
		const raw = this.#outputs.has(result) ? this.#name(`${result}/float`) : result;
		if (convolutions.has(node)) this.raw.set(node.outputs[0], raw);
		this.nodes.push({ ...node, inputs: weighted, outputs: [raw, ...node.outputs.slice(1)] });
		this.#writePair(raw, result);
	}

	/** Whether a node gives codes of its inputs that mean there what they mean here. */
	#movesCodes(node: Node): boolean {
		if (!keepsCodes(node) || !this.#plan.integers.has(node.outputs[0])) return false;
		const { scale, zeroPoint } = this.#parameters.get(node.outputs[0])!;
		return movedInputs(node).every((name) => {
			const parameters = this.#parameters.get(name);
			return this.#codes.has(name) && parameters?.scale === scale && parameters.zeroPoint === zeroPoint;
		});
	}

	#moveCodes(node: Node): void {
		const moved = new Set(movedInputs(node));
		const [value] = node.outputs;
		const output = this.#name(`${value}/uint8`);
		const inputs = node.inputs.map((name) => (moved.has(name) ? this.#codes.get(name)! : name));
		this.nodes.push({ ...node, inputs, outputs: [output] });
		this.#writeDequantize(output, value, this.#constants(value, this.#parameters.get(value)!));
	}

	/** Layout steps on bytes, then one DequantizeLinear: the byte itself is the quantized value. */
	#writeCamera({ value, layout }: NonNullable<Plan['camera']>): void {
		let bytes = this.#graph.inputs[0].name;
		for (const node of layout) {
			const output = this.#name(`${node.outputs[0]}/bytes`);
			this.nodes.push({ ...node, inputs: [bytes, ...node.inputs.slice(1)], outputs: [output] });
			bytes = output;
		}
		const parameters = this.#parameters.get(value) ?? { scale: this.#plan.camera!.scale, zeroPoint: 0 };
		this.#writeDequantize(bytes, value, this.#constants(value, parameters));
	}

	#writePair(raw: string, value: string): void {
		const constants = this.#constants(value, this.#parameters.get(value)!);
		const quantized = this.#name(`${value}/uint8`);
		this.#push('QuantizeLinear', [raw, ...constants], quantized);
		this.#writeDequantize(quantized, value, constants);
	}

	#writeDequantize(quantized: string, value: string, constants: readonly string[]): void {
		const output = this.#outputs.has(value) ? value : this.#name(`${value}/dequantized`);
		this.#codes.set(value, quantized);
		this.#push('DequantizeLinear', [quantized, ...constants], output);
		this.dequantized.set(value, output);
	}

	#constants(value: string, { scale, zeroPoint }: QuantizationParameters): readonly string[] {
		return [
			this.#constant(`${value}/scale`, { type: 'float32', dims: [], data: Float32Array.of(scale) }),
			this.#constant(`${value}/zero-point`, { type: 'uint8', dims: [], data: Uint8Array.of(zeroPoint) }),
		];
	}

	/** The inputs of a convolution with weight and bias stored as integers. */
	#weigh(node: Node, input: string): readonly string[] {
		const [x, weightName, biasName = ''] = node.inputs;
		const { initializers } = this.#graph;
		const { weight, bias, weightScales, biasScales } = quantizeWeights(
			initializers.get(weightName)!,
			initializers.get(biasName),
			this.#parameters.get(x)!.scale,
			{
				inputMeans: this.#corrections.channelMeans?.get(x),
				codes: this.#corrections.codes?.get(node.outputs[0]),
				biasShift: this.#corrections.biasShifts?.get(node.outputs[0]),
			},
		);
		const inputs = [input, this.#writeConstant(weightName, weight, weightScales)];
		if (bias) inputs.push(this.#writeConstant(biasName || `${weightName}-bias`, bias, biasScales));
		return inputs;
	}

	/** A dense layer on integers whose result is float at once: its rows are filters, as a convolution's. */
	#weighProduct(node: Node, input: string): Node {
		const [x, weightName, biasName = ''] = node.inputs;
		const { initializers } = this.#graph;
		const weight = initializers.get(weightName)!;
		const { scale } = this.#parameters.get(x)!;
		const quantized = quantizeWeights(
			intOf(node, 'transB', 0) === 1 ? weight : transposed(weight),
			initializers.get(biasName),
			scale,
			{ inputMeans: this.#corrections.channelMeans?.get(x) },
		);
		const inputs = [input, this.#writeConstant(weightName, quantized.weight, quantized.weightScales)];
		if (quantized.bias)
			inputs.push(this.#writeConstant(biasName || `${weightName}-bias`, quantized.bias, quantized.biasScales));
		return { ...node, inputs, attributes: toAttributes({ transB: 1 }) };
	}

	#writeConstant(name: string, codes: Tensor, scales: Tensor): string {
		const zeros: Tensor = {
			type: codes.type,
			dims: scales.dims,
			data: codes.data.slice(0, scales.data.length).fill(0 as never) as Tensor['data'],
		};
		const inputs = [
			this.#constant(`${name}/${codes.type}`, codes),
			this.#constant(`${name}/scale`, scales),
			this.#constant(`${name}/zero-point`, zeros),
		];
		const output = this.#name(`${name}/dequantized`);
		this.#push('DequantizeLinear', inputs, output, 0);
		return output;
	}

	#push(op: string, inputs: readonly string[], output: string, axis?: number): void {
		this.nodes.push({
			name: `${output}/${op}`,
			op,
			domain: '',
			inputs,
			outputs: [output],
			attributes: toAttributes({ axis }),
		});
	}

	#constant(name: string, tensor: Tensor): string {
		const free = this.#name(name);
		this.initializers.set(free, tensor);
		return free;
	}

	#name(wanted: string): string {
		let name = wanted;
		for (let i = 2; this.#taken.has(name); i++) name = `${wanted}-${i}`;
		this.#taken.add(name);
		return name;
	}
}

/** The inputs of a mover whose values move: of a concatenation all, else the first. */
function movedInputs({ op, inputs }: Node): readonly string[] {
	return op === 'Concat' ? inputs : inputs.slice(0, 1);
}

/** [a, b] as [b, a]. */
function transposed({ dims: [rows, columns], data, type }: Tensor): Tensor {
	const values = data as Float32Array;
	const turned = Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
	return { type, dims: [columns, rows], data: turned };
}
