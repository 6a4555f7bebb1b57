/** How many of a model's numbers are learnt, and how many are something else. */
import { type Graph, type Node, sizeOf, type Tensor } from './graph.ts';
import { namesReadBy } from './links.ts';
import { findOperator } from './ops/index.ts';

export interface ConstantCounts {
	/** Learnt numbers: weights, biases, scales. Each constant counts once, where it is read first. */
	readonly parameters: number;
	/** Running means and variances of batch normalisations, which Keras calls non-trainable parameters. */
	readonly statistics: number;
	/** Other vectors of real numbers, of which no rule says that they are learnt. */
	readonly constants: number;
}

const NONE: ConstantCounts = { parameters: 0, statistics: 0, constants: 0 };

/** Operators that hand a constant on in another form: `weight` in front of them is still the layer's weight. */
const HANDED_ON = new Set([
	'Identity',
	'Transpose',
	'Reshape',
	'Flatten',
	'Squeeze',
	'Unsqueeze',
	'Cast',
	'DequantizeLinear',
]);

/** Operators whose real constants are settings. */
const SETTINGS = new Set(['QuantizeLinear', 'DequantizeLinear', 'Resize', 'Upsample', 'Clip', 'Dropout']);

/** Counts node by node; ask for the nodes in their order. */
export function countConstants(graph: Graph): (node: Node) => ConstantCounts {
	const counted = new Set<string>();
	const origin = originsIn(graph);
	const sizeBehind = (name: string | undefined, isCounted: (tensor: Tensor) => boolean): number => {
		const constant = name ? origin(name) : undefined;
		const tensor = constant ? graph.initializers.get(constant) : undefined;
		if (!tensor || !isCounted(tensor) || counted.has(constant!)) return 0;
		counted.add(constant!);
		return sizeOf(tensor.dims);
	};
	return (node) => {
		if (HANDED_ON.has(node.op) && origin(node.outputs[0])) return NONE;
		const indices = findOperator(node)?.parameters ?? [];
		const sum = (names: readonly (string | undefined)[], isCounted: (tensor: Tensor) => boolean) =>
			names.reduce((total, name) => total + sizeBehind(name, isCounted), 0);
		return {
			parameters: sum(
				indices.map((i) => node.inputs[i]),
				({ type, dims }) => dims.length > 0 && type !== 'int64' && type !== 'bool',
			),
			statistics: node.op === 'BatchNormalization' ? sum(node.inputs.slice(3, 5), () => true) : 0,
			constants: SETTINGS.has(node.op) ? 0 : sum(namesReadBy(node), isRealVector) + insideGraphs(node),
		};
	};
}

/** The constant that a value is, as it is or in another form. */
function originsIn(graph: Graph): (name: string) => string | undefined {
	const origins = new Map<string, string>();
	for (const name of graph.initializers.keys()) origins.set(name, name);
	for (const node of graph.nodes) {
		const source = HANDED_ON.has(node.op) ? origins.get(node.inputs[0]) : undefined;
		if (source) origins.set(node.outputs[0], source);
	}
	return (name) => origins.get(name);
}

function isRealVector({ type, dims }: Tensor): boolean {
	return type.startsWith('float') && sizeOf(dims) > 1;
}

/** Real vectors of the graphs that a node carries as attributes. */
function insideGraphs(node: Node): number {
	return Object.values(node.attributes).reduce((sum, attribute) => {
		if (attribute.kind !== 'graph') return sum;
		const own = [...attribute.value.initializers.values()].filter(isRealVector);
		const nested = attribute.value.nodes.reduce((inner, child) => inner + insideGraphs(child), 0);
		return sum + nested + own.reduce((inner, { dims }) => inner + sizeOf(dims), 0);
	}, 0);
}
