/**
 * Mixed precision: weights and activations become float16, what float16 would spoil stays in float32, with as few
 * conversions between the two as there can be. Inputs and outputs keep their types.
 */
import { toAttributes } from '../attributes.ts';
import type { Graph, Node, Tensor, Value } from '../graph.ts';
import { toHalves } from '../half.ts';
import { linksOf, namesReadBy } from '../links.ts';
import { typesOf } from '../types-of.ts';
import { dropDeadNodes } from './drop-dead-nodes.ts';
import { foldConstants } from './fold-constants.ts';
import { follows, isComputedInput, isProduct, whyFragile } from './half-rules.ts';
import { mergeCasts } from './merge-casts.ts';

export interface HalfOptions {
	/** Values that float16 cannot hold: the nodes that make or read them stay in float32. */
	readonly tooLarge?: ReadonlySet<string>;
}

export interface HalfGraph {
	readonly graph: Graph;
	readonly modified: boolean;
	/** A value of the float graph → the float16 value that stands for it. */
	readonly halves: ReadonlyMap<string, string>;
	/** What float32 was chosen for; what only goes along with it is not listed. */
	readonly inFloat: readonly KeptInFloat[];
	/** Constants beyond ±65504 that are ±65504 now, bounds such as those of Clip: how many numbers of each. */
	readonly saturated: ReadonlyMap<string, number>;
}

export interface KeptInFloat {
	readonly name: string;
	readonly op: string;
	readonly reason: string;
}

/** @param graph float32, of known sizes */
export function toHalf(graph: Graph, { tooLarge = new Set() }: HalfOptions = {}): HalfGraph {
	const folded = foldConstants(graph).graph;
	const isFloat = floatsOf(folded);
	const reasons = decide(folded, isFloat, tooLarge);
	const writer = new Writer(folded, isFloat);
	for (const node of folded.nodes) writer.write(node, computes(node, isFloat, folded) && !reasons.has(node));
	writer.finish();
	const inFloat = Array.from(reasons, ([{ name, op, outputs }, reason]) => ({ name: name || outputs[0], op, reason }));
	const told = inFloat.filter(({ reason }) => reason !== FOLLOWS_FLOAT);
	const half = mergeCasts(dropDeadNodes(writer.graph()).graph).graph;
	const made = new Set(half.nodes.flatMap(({ outputs }) => outputs));
	const halves = new Map([...writer.halves].filter(([, name]) => made.has(name)));
	return { graph: half, modified: halves.size > 0, halves, inFloat: told, saturated: writer.saturated };
}

/** Of what only goes along with float32 values. */
const FOLLOWS_FLOAT = 'its inputs are float32';

type IsFloat = (name: string) => boolean;

function floatsOf(graph: Graph): IsFloat {
	const typeOf = typesOf(graph);
	return (name) => name !== '' && typeOf(name) === 'float32';
}

/** Whether a node has anything to do with float activations. */
function computes(node: Node, isFloat: IsFloat, { initializers }: Graph): boolean {
	return node.inputs.some((name) => isFloat(name) && !initializers.has(name)) && node.outputs.some(isFloat);
}

/** The nodes that stay in float32, and why. */
function decide(graph: Graph, isFloat: IsFloat, tooLarge: ReadonlySet<string>): ReadonlyMap<Node, string> {
	const logits = lastProducts(graph, isFloat);
	const reasons = new Map<Node, string>();
	const inHalf = new Set<string>();
	for (const node of graph.nodes) {
		if (!computes(node, isFloat, graph)) continue;
		const reason = reasonFor(node, graph, { logits, tooLarge, inHalf });
		if (reason !== undefined) reasons.set(node, reason);
		else for (const name of node.outputs) if (isFloat(name)) inHalf.add(name);
	}
	return reasons;
}

interface Known {
	readonly logits: ReadonlySet<Node>;
	readonly tooLarge: ReadonlySet<string>;
	/** Values that are float16. */
	readonly inHalf: ReadonlySet<string>;
}

function reasonFor(node: Node, graph: Graph, { logits, tooLarge, inHalf }: Known): string | undefined {
	if (!isProduct(node) && !follows(node)) return whyFragile(node);
	if (logits.has(node)) return 'it gives the last logits';
	if ([...node.inputs, ...node.outputs].some((name) => tooLarge.has(name))) return 'its values may exceed float16';
	if (!isProduct(node)) return node.inputs.some((name) => inHalf.has(name)) ? undefined : FOLLOWS_FLOAT;
	const beyond = node.inputs.some((name) => {
		const tensor = graph.initializers.get(name);
		return tensor?.type === 'float32' && toHalves(tensor.data as Float32Array).saturated > 0;
	});
	return beyond ? 'its weights exceed float16' : undefined;
}

/** The products behind which there is none: only followers and probabilities stand between them and the outputs. */
function lastProducts(graph: Graph, isFloat: IsFloat): ReadonlySet<Node> {
	const { consumers } = linksOf(graph);
	const before = new Set<string>();
	const last = new Set<Node>();
	for (const node of graph.nodes.toReversed()) {
		const leadsOn = node.outputs.some((name) => before.has(name));
		if (isProduct(node) && !leadsOn) last.add(node);
		if (isProduct(node) || leadsOn) for (const name of node.inputs) if (isFloat(name)) before.add(name);
	}
	// A product with followers alone behind it is no head: it feeds one that sums over its map, such as a pooling.
	const isHead = (node: Node): boolean =>
		node.outputs
			.flatMap(consumers)
			.every((next) => (follows(next) ? isHead(next) : /^(Log)?Softmax$|^Sigmoid$/.test(next.op)));
	return new Set([...last].filter(isHead));
}

class Writer {
	readonly halves = new Map<string, string>();
	readonly saturated = new Map<string, number>();
	readonly #graph: Graph;
	readonly #isFloat: IsFloat;
	readonly #nodes: Node[] = [];
	readonly #initializers: Map<string, Tensor>;
	readonly #values: Map<string, Value>;
	/** Names that hold their float32 value. */
	readonly #inFloat: Set<string>;
	readonly #taken: Set<string>;

	constructor(graph: Graph, isFloat: IsFloat) {
		this.#graph = graph;
		this.#isFloat = isFloat;
		this.#initializers = new Map(graph.initializers);
		this.#values = new Map(graph.values);
		this.#inFloat = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
		this.#taken = new Set([...this.#inFloat, ...graph.nodes.flatMap(({ outputs }) => outputs)]);
	}

	write(node: Node, inHalf: boolean): void {
		if (!inHalf) {
			for (const name of namesReadBy(node)) this.#needFloat(name);
			for (const name of node.outputs) this.#inFloat.add(name);
			this.#nodes.push(node);
			return;
		}
		const inputs = node.inputs.map((name, i) => {
			if (!this.#isFloat(name)) return name;
			if (isComputedInput(node, i)) return this.#halfOf(name);
			this.#needFloat(name);
			return name;
		});
		const outputs = node.outputs.map((name) => (this.#isFloat(name) ? this.#newHalf(name) : name));
		this.#nodes.push({ ...node, inputs, outputs });
	}

	finish(): void {
		for (const { name } of this.#graph.outputs) this.#needFloat(name);
	}

	graph(): Graph {
		return { ...this.#graph, nodes: this.#nodes, initializers: this.#initializers, values: this.#values };
	}

	/** The float32 value under its own name, converted back where it exists in float16 only. */
	#needFloat(name: string): void {
		const half = this.halves.get(name);
		if (half === undefined || this.#inFloat.has(name)) return;
		this.#inFloat.add(name);
		this.#cast(half, name, 1);
	}

	#halfOf(name: string): string {
		const known = this.halves.get(name);
		if (known !== undefined) return known;
		const half = this.#newHalf(name);
		const constant = this.#graph.initializers.get(name);
		if (!constant) this.#cast(name, half, 10);
		else {
			const { bits, saturated } = toHalves(constant.data as Float32Array);
			this.#initializers.set(half, { type: 'float16', dims: constant.dims, data: bits });
			if (saturated > 0) this.saturated.set(name, saturated);
		}
		return half;
	}

	#newHalf(name: string): string {
		let half = `${name}/half`;
		for (let i = 2; this.#taken.has(half); i++) half = `${name}/half-${i}`;
		this.#taken.add(half);
		this.halves.set(name, half);
		const value = this.#graph.values.get(name);
		this.#values.set(half, { name: half, type: 'float16', shape: value?.shape });
		return half;
	}

	#cast(input: string, output: string, to: number): void {
		const name = `${output}/Cast`;
		this.#nodes.push({
			name,
			op: 'Cast',
			domain: '',
			inputs: [input],
			outputs: [output],
			attributes: toAttributes({ to }),
		});
	}
}
