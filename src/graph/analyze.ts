/** What a network costs and sees: output size, parameters, multiply-accumulates and receptive field of every node. */
import { AndonError } from '../base/errors.ts';
import { intsOf } from './attributes.ts';
import { GraphBuilder } from './builder.ts';
import { type ConstantCounts, countConstants } from './count-constants.ts';
import type { Graph, Node, Shape, Value } from './graph.ts';
import { findOperator } from './ops/index.ts';
import { slidingWindow } from './ops/window.ts';
import { resolveShapes } from './passes/resolve-shapes.ts';
import { type Field, fieldAfter, POINT, sizeOfField } from './receptive-field.ts';

/** A window that slides: kernel F, stride S and padding P of (N − F + 2P)/S + 1, one entry an axis. */
export interface WindowFigures {
	readonly input: readonly number[];
	readonly kernel: readonly number[];
	readonly strides: readonly number[];
	/** Padding on both sides together, the formula's 2P. */
	readonly padding: readonly number[];
	/** `transposed` windows enlarge: (N − 1)·S + F − 2P. */
	readonly transposed: boolean;
}

export interface LayerAnalysis extends ConstantCounts {
	readonly name: string;
	readonly op: string;
	/** Undefined when no rule tells it. */
	readonly output: Shape | undefined;
	readonly window?: WindowFigures;
	/** Undefined when they cannot be counted. */
	readonly macs: number | undefined;
	/** Input pixels that one output pixel depends on, [height, width]; undefined when an operator on the way has no rule. */
	readonly receptiveField: readonly number[] | undefined;
	/** Input pixels between neighbouring outputs, [height, width]; below 1 after enlarging. */
	readonly stride: readonly number[] | undefined;
	/** What of it is not known, in words. */
	readonly unknown: readonly string[];
	readonly node: Node;
}

export interface Analysis extends ConstantCounts {
	readonly layers: readonly LayerAnalysis[];
	/** Of the layers where they can be counted; `unknown` says where they cannot. */
	readonly macs: number;
	/** The largest receptive field of any output; undefined when one of them is not known. */
	readonly receptiveField: readonly number[] | undefined;
	/** Every layer of which something is not known, with what. */
	readonly unknown: readonly { readonly layer: string; readonly op: string; readonly what: readonly string[] }[];
	/** The graph with every size that follows from its inputs. */
	readonly graph: Graph;
}

/**
 * Walks a graph once all its sizes are known.
 *
 * @param shapes of inputs by name; a first axis that is left open is a batch of one
 * @throws CONFIG_INVALID naming the sizes of inputs that are left open
 */
export function analyze(source: Graph, shapes: Readonly<Record<string, Shape>> = {}): Analysis {
	const { graph } = resolveShapes(source, fixedShapes(source, shapes));
	const g = GraphBuilder.from(graph, {}, graph.values);
	const fields = new Map<string, Field | undefined>();
	const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
	for (const { name } of inputs) fields.set(name, POINT);
	const image = imageSize(inputs.find(({ shape }) => shape?.length === 4)?.shape as readonly number[] | undefined);
	const count = countConstants(graph);
	const layers = graph.nodes.map((node) => {
		const field = fieldAfter(g, node, fields, image);
		for (const output of node.outputs) fields.set(output, field);
		return { ...describe(g, node, field), ...count(node) };
	});
	const unknown = layers.flatMap(({ name, op, unknown: what }) => (what.length > 0 ? [{ layer: name, op, what }] : []));
	const ends = graph.outputs.map((output) => fields.get(output.name));
	return { graph, layers, unknown, receptiveField: largest(ends), macs: total(layers, 'macs'), ...sums(layers) };
}

/** Height and width of [N, C, H, W], or of [N, H, W, C] as cameras give it. */
function imageSize(shape: readonly number[] | undefined): readonly number[] {
	if (!shape) return [1, 1];
	return shape[3] <= 4 && shape[1] > 4 ? shape.slice(1, 3) : shape.slice(2);
}

function sums(layers: readonly LayerAnalysis[]): ConstantCounts {
	return {
		parameters: total(layers, 'parameters'),
		statistics: total(layers, 'statistics'),
		constants: total(layers, 'constants'),
	};
}

function total(layers: readonly LayerAnalysis[], key: 'macs' | keyof ConstantCounts): number {
	return layers.reduce((sum, layer) => sum + (layer[key] ?? 0), 0);
}

function largest(fields: readonly (Field | undefined)[]): readonly number[] | undefined {
	if (!fields.every((field) => field !== undefined)) return undefined;
	const sizes = fields.map(sizeOfField);
	return [0, 1].map((axis) => Math.max(...sizes.map((size) => size[axis])));
}

function fixedShapes(graph: Graph, given: Readonly<Record<string, Shape>>): Record<string, Shape> {
	const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
	const shapes = inputs.map(({ name, shape }) => [
		name,
		given[name] ?? (shape ?? []).map((d, axis) => (typeof d === 'string' && axis === 0 ? 1 : d)),
	]);
	const open = shapes.filter(([, shape]) => (shape as Shape).some((d) => typeof d === 'string'));
	if (open.length === 0) return Object.fromEntries(shapes);
	throw new AndonError('CONFIG_INVALID', {
		expected: 'a known size of every input',
		found: open.map(([name, shape]) => `${name} [${(shape as Shape).map((d) => d || '?').join(', ')}]`).join('; '),
		fix: 'Give the size of the image with --size, or a size by its name with --set <name>=<number>.',
	});
}

function describe(g: GraphBuilder, node: Node, field: Field | undefined) {
	const operator = findOperator(node);
	const inputs = node.inputs.map((name) => (name === '' ? undefined : g.value(name)));
	const outputs = node.outputs.map((name) => (name === '' ? undefined : g.value(name)));
	const known = (value: Value | undefined) => !value || value.shape?.every((d) => typeof d === 'number') === true;
	const sized = known(outputs[0]) && inputs.every(known);
	const macs = operator?.macs && sized ? operator.macs(node, inputs, outputs as Value[]) : undefined;
	const hasGraph = Object.values(node.attributes).some(({ kind }) => kind === 'graph');
	return {
		name: node.name || node.outputs[0],
		op: node.op,
		node,
		output: outputs[0]?.shape,
		macs: operator?.macs || !operator ? macs : 0,
		receptiveField: field && sizeOfField(field),
		stride: field?.stride,
		...(sized && { window: windowFigures(node, inputs, outputs[0]) }),
		unknown: [
			...(hasGraph ? ['the graph inside it'] : operator ? [] : ['no rule for this operator']),
			...(known(outputs[0]) ? [] : ['output size']),
			...(operator?.macs && macs === undefined ? ['multiply-accumulates'] : []),
		],
	};
}

const WINDOWED = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'LpPool', 'QLinearConv', 'ConvInteger']);

function windowFigures(
	node: Node,
	inputs: readonly (Value | undefined)[],
	output: Value | undefined,
): WindowFigures | undefined {
	const size = inputs[0]?.shape?.slice(2) as readonly number[];
	if (node.op.startsWith('Global') && output?.shape && size)
		return { input: size, kernel: size, strides: size, padding: size.map(() => 0), transposed: false };
	if (!WINDOWED.has(node.op)) return undefined;
	const weight = inputs[node.op === 'QLinearConv' ? 3 : 1]?.shape?.slice(2) as readonly number[] | undefined;
	const kernel = intsOf(node, 'kernel_shape', weight ?? []);
	const { strides, begins, ends } = slidingWindow(node, kernel, size);
	const padding = begins.map((begin, axis) => begin + ends[axis]);
	return { input: size, kernel, strides, padding, transposed: node.op === 'ConvTranspose' };
}
