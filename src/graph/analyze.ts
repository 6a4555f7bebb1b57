/** What a network costs and sees: output size, parameters, multiply-accumulates and receptive field of every layer. */
import { GraphBuilder } from './builder.ts';
import type { Graph, Node, Shape, Value } from './graph.ts';
import { sizeOf } from './graph.ts';
import { findOperator } from './ops/index.ts';

export interface LayerAnalysis {
	readonly name: string;
	readonly op: string;
	readonly output: Shape | undefined;
	/** Learnt numbers; statistics of normalisations are not learnt and not counted. */
	readonly parameters: number;
	readonly macs: number;
	/** Input pixels that one output pixel depends on, [height, width], counted from the graph's inputs. */
	readonly receptiveField: readonly number[];
	/** Input pixels between neighbouring outputs, [height, width]; below 1 after enlarging. */
	readonly stride: readonly number[];
}

export interface Analysis {
	readonly layers: readonly LayerAnalysis[];
	readonly parameters: number;
	readonly macs: number;
	/** The largest receptive field of any output. */
	readonly receptiveField: readonly number[];
}

interface Field {
	readonly size: readonly number[];
	readonly stride: readonly number[];
}

const POINT: Field = { size: [1, 1], stride: [1, 1] };

/**
 * Walks a graph once. Along a chain, field ← field + (kernel − 1)·dilation·stride and stride ← stride·s (Araujo, Norris
 * and Sim 2019); where branches meet, the largest field counts.
 *
 * @param batch replaces a batch size that is only known at run time
 */
export function analyze(graph: Graph, batch = 1): Analysis {
	const shapes = Object.fromEntries(graph.inputs.map(({ name, shape }) => [name, fixed(shape, batch)]));
	const g = GraphBuilder.from(graph, shapes);
	const fields = new Map<string, Field>();
	const counted = new Set<string>();
	const layers = graph.nodes.map((node) => {
		const field = fieldAfter(g, node, fields);
		for (const output of node.outputs) fields.set(output, field);
		return describe(g, node, field, counted);
	});
	const ends = graph.outputs.map((output) => fields.get(output.name) ?? POINT);
	return {
		layers,
		parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
		macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
		receptiveField: [0, 1].map((axis) => Math.max(...ends.map((field) => field.size[axis]))),
	};
}

function fixed(shape: Shape | undefined, batch: number): Shape {
	return (shape ?? []).map((d, axis) => (typeof d === 'string' && axis === 0 ? batch : d));
}

function describe(g: GraphBuilder, node: Node, field: Field, counted: Set<string>): LayerAnalysis {
	const operator = findOperator(node);
	const inputs = node.inputs.map((name) => (name === '' ? undefined : g.value(name)));
	const outputs = node.outputs.map((name) => g.value(name));
	return {
		name: node.name,
		op: node.op,
		output: outputs[0]?.shape,
		parameters: parametersOf(g, node, operator?.parameters ?? [], counted),
		macs: operator?.macs?.(node, inputs, outputs) ?? 0,
		receptiveField: field.size,
		stride: field.stride,
	};
}

/** Parameters that no earlier layer shares. */
function parametersOf(g: GraphBuilder, node: Node, indices: readonly number[], counted: Set<string>): number {
	let sum = 0;
	for (const index of indices) {
		const name = node.inputs[index];
		const tensor = name ? g.initializers.get(name) : undefined;
		if (!tensor || counted.has(name)) continue;
		counted.add(name);
		sum += sizeOf(tensor.dims);
	}
	return sum;
}

function fieldAfter(g: GraphBuilder, node: Node, fields: ReadonlyMap<string, Field>): Field {
	const incoming = node.inputs.flatMap((name) => fields.get(name) ?? []);
	const before: Field = {
		size: [0, 1].map((axis) => Math.max(1, ...incoming.map((field) => field.size[axis]))),
		stride: incoming[0]?.stride ?? POINT.stride,
	};
	const window = findOperator(node)?.window?.(
		node,
		node.inputs.map((name) => (name === '' ? undefined : g.value(name))),
	);
	if (window?.kernel.length !== 2) return scaled(g, node, before);
	return {
		size: before.size.map(
			(size, axis) => size + (window.kernel[axis] - 1) * window.dilations[axis] * before.stride[axis],
		),
		stride: before.stride.map((stride, axis) => stride * window.strides[axis]),
	};
}

/** Operators that only enlarge make neighbours closer in input pixels. */
function scaled(g: GraphBuilder, node: Node, field: Field): Field {
	if (node.op !== 'Resize' && node.op !== 'DepthToSpace' && node.op !== 'SpaceToDepth') return field;
	const spatial = (value: Value) => (value.shape ?? []).slice(2) as readonly number[];
	const from = spatial(g.value(node.inputs[0]));
	const to = spatial(g.value(node.outputs[0]));
	return { size: field.size, stride: field.stride.map((stride, axis) => (stride * from[axis]) / to[axis]) };
}
