/** Grows a graph node by node; types and shapes are known from the first node on, because every rule runs as it is added. */
import { AndonError } from '../base/errors.ts';
import { type AttributeInput, float, toAttributes } from './attributes.ts';
import type { ElementType, Graph, Node, Shape, Tensor, Value } from './graph.ts';
import { float32, int64 } from './graph.ts';
import { findOperator } from './ops/index.ts';

/** The operator sets that our graphs are written in. */
export const OPSETS = { '': 21, 'com.microsoft': 1, 'com.microsoft.nchwc': 1 } as const;

interface NodeOptions {
	/** Number of outputs (default 1). */
	readonly outputs?: number;
	/** Names for the outputs; missing ones are made up. */
	readonly names?: readonly string[];
	readonly domain?: string;
}

export class GraphBuilder {
	readonly name: string;
	readonly nodes: Node[] = [];
	readonly initializers = new Map<string, Tensor>();
	readonly #inputs: Value[] = [];
	readonly #outputs: string[] = [];
	readonly #values = new Map<string, Value>();
	readonly #nodeNames = new Set<string>();
	readonly #constants = new Map<string, string>();
	#scope = '';
	#counter = 0;

	constructor(name: string) {
		this.name = name;
	}

	/**
	 * A builder that goes on where a graph ends (its outputs are not outputs yet).
	 *
	 * @param shapes other shapes of the graph's inputs
	 * @param stated what is said of values that no rule tells the shape of
	 */
	static from(
		graph: Graph,
		shapes: Readonly<Record<string, Shape>> = {},
		stated?: ReadonlyMap<string, Value>,
	): GraphBuilder {
		const g = new GraphBuilder(graph.name);
		for (const input of graph.inputs)
			if (!graph.initializers.has(input.name)) g.input(input.name, input.type, shapes[input.name] ?? input.shape ?? []);
		for (const [name, tensor] of graph.initializers) g.constant(tensor, name);
		for (const node of graph.nodes) g.append(node, stated);
		return g;
	}

	input(name: string, type: ElementType, shape: Shape): string {
		this.#define({ name, type, shape });
		this.#inputs.push({ name, type, shape });
		return name;
	}

	/** A constant. Unnamed small ones are shared. */
	constant(tensor: Tensor, name?: string): string {
		if (name === undefined) {
			const key = tensor.data.length <= 16 ? `${tensor.type}:${tensor.dims.join()}:${tensor.data.join()}` : '';
			const known = key ? this.#constants.get(key) : undefined;
			if (known) return known;
			name = this.#fresh('constant');
			if (key) this.#constants.set(key, name);
		}
		this.#define({ name, type: tensor.type, shape: tensor.dims });
		this.initializers.set(name, tensor);
		return name;
	}

	/** A float32 scalar constant. */
	scalar(value: number): string {
		return this.constant(float32([], [value]));
	}

	/** An int64 list constant, as shapes, axes and pads are given. */
	ints(values: readonly number[]): string {
		return this.constant(int64([values.length], values));
	}

	/** Adds a node with one output and returns the output's name. */
	op(
		op: string,
		inputs: readonly string[],
		attributes: Readonly<Record<string, AttributeInput | undefined>> = {},
		options: NodeOptions = {},
	): string {
		return this.ops(op, inputs, attributes, options)[0];
	}

	/** Adds a node and returns the names of its outputs. */
	ops(
		op: string,
		inputs: readonly string[],
		attributes: Readonly<Record<string, AttributeInput | undefined>> = {},
		options: NodeOptions = {},
	): readonly string[] {
		const count = options.outputs ?? options.names?.length ?? 1;
		const outputs = Array.from({ length: count }, (_, i) => options.names?.[i] ?? this.#fresh(op));
		const domain = options.domain ?? '';
		this.append({ name: this.#fresh(op), op, domain, inputs, outputs, attributes: toAttributes(attributes) });
		return outputs;
	}

	/**
	 * Adds a finished node as it is (a name that is taken gets a number).
	 *
	 * @param stated what is said of values that no rule tells the shape of
	 * @throws GRAPH_INVALID when an input is unknown or a rule refuses it
	 */
	append(node: Node, stated?: ReadonlyMap<string, Value>): void {
		for (const input of node.inputs)
			if (input !== '' && !this.#values.has(input))
				throw new AndonError('GRAPH_INVALID', {
					expected: `node ${node.name} (${node.op}) to use values that exist`,
					found: `the unknown value "${input}"`,
					fix: 'List the nodes in topological order and name every input.',
				});
		const inputs = node.inputs.map((name) => (name === '' ? undefined : this.#values.get(name)));
		const operator = findOperator(node);
		const inferred = operator?.infer(node, inputs, (name) => this.initializers.get(name));
		const name = this.#nodeNames.has(node.name) ? this.#fresh(node.op) : node.name;
		if (name !== '') this.#nodeNames.add(name);
		this.nodes.push(name === node.name ? node : { ...node, name });
		node.outputs.forEach((name, i) => {
			if (name === '') return;
			const rule = inferred?.[i];
			const shape = rule?.shape?.every((d) => typeof d === 'number')
				? rule.shape
				: (stated?.get(name)?.shape ?? rule?.shape);
			this.#define({ name, type: rule?.type ?? stated?.get(name)?.type ?? 'float32', shape });
		});
	}

	/** Runs `body` with names prefixed by `name/`, so that a network's parts can be recognised. */
	within<T>(name: string, body: () => T): T {
		const outer = this.#scope;
		this.#scope = `${outer}${name}/`;
		try {
			return body();
		} finally {
			this.#scope = outer;
		}
	}

	/** A name inside the current scope. */
	scoped(name: string): string {
		return `${this.#scope}${name}`;
	}

	value(name: string): Value {
		const value = this.#values.get(name);
		if (!value) throw new TypeError(`graph ${this.name} has no value "${name}"`);
		return value;
	}

	has(name: string): boolean {
		return this.#values.has(name);
	}

	/** The shape of a value as numbers. @throws GRAPH_INVALID when a dimension is not known */
	shape(name: string): readonly number[] {
		const { shape } = this.value(name);
		if (shape?.every((d) => typeof d === 'number')) return shape as readonly number[];
		throw new AndonError('GRAPH_INVALID', {
			expected: `a fully known shape for "${name}"`,
			found: shape ? `[${shape.join(', ')}]` : 'an unknown rank',
			fix: 'Give the input a fixed size, including the batch.',
		});
	}

	/** Makes a value an output, under its own name or another one. */
	output(name: string, as: string = name): string {
		if (as !== name) this.op('Identity', [name], {}, { names: [as] });
		this.#outputs.push(as);
		return as;
	}

	build(metadata: Readonly<Record<string, string>> = {}): Graph {
		const domains = new Set(this.nodes.map((node) => node.domain));
		return {
			name: this.name,
			inputs: this.#inputs,
			outputs: this.#outputs.map((name) => this.value(name)),
			nodes: this.nodes,
			initializers: this.initializers,
			// Of operators without a rule nothing is known, and a guessed type would be a lie.
			values: new Map([...this.#values].filter(([, value]) => value.shape !== undefined)),
			opsets: Object.fromEntries(Object.entries(OPSETS).filter(([domain]) => domain === '' || domains.has(domain))),
			metadata,
		};
	}

	// Short forms of the operators that rules and networks use most.
	add = (a: string, b: string) => this.op('Add', [a, b]);
	sub = (a: string, b: string) => this.op('Sub', [a, b]);
	mul = (a: string, b: string) => this.op('Mul', [a, b]);
	div = (a: string, b: string) => this.op('Div', [a, b]);
	neg = (a: string) => this.op('Neg', [a]);
	relu = (a: string) => this.op('Relu', [a]);
	sigmoid = (a: string) => this.op('Sigmoid', [a]);
	matMul = (a: string, b: string) => this.op('MatMul', [a, b]);
	concat = (parts: readonly string[], axis: number) => this.op('Concat', parts, { axis });
	reshape = (x: string, shape: readonly number[]) => this.op('Reshape', [x, this.ints(shape)]);
	transpose = (x: string, perm: readonly number[]) => this.op('Transpose', [x], { perm });
	/** Slices each named axis from `starts` to `ends` (exclusive) by `steps`. */
	slice = (
		x: string,
		axes: readonly number[],
		starts: readonly number[],
		ends: readonly number[],
		steps?: readonly number[],
	) => this.op('Slice', [x, this.ints(starts), this.ints(ends), this.ints(axes), ...(steps ? [this.ints(steps)] : [])]);
	/** Zero padding; negative pads crop. `pads` lists all begins, then all ends. */
	pad = (x: string, pads: readonly number[]) => (pads.every((p) => p === 0) ? x : this.op('Pad', [x, this.ints(pads)]));
	reduceSum = (x: string, axes: readonly number[], keepdims = 0) =>
		this.op('ReduceSum', [x, this.ints(axes)], { keepdims });
	reduceMean = (x: string, axes: readonly number[], keepdims = 0) =>
		this.op('ReduceMean', [x, this.ints(axes)], { keepdims });
	/** Matrix product of the last two axes with either side transposed (ONNX Runtime's contributed operator). */
	fusedMatMul = (a: string, b: string, transA: 0 | 1, transB: 0 | 1, alpha = 1) =>
		this.op('FusedMatMul', [a, b], { transA, transB, alpha: float(alpha) }, { domain: 'com.microsoft' });

	#define(value: Value): void {
		if (this.#values.has(value.name))
			throw new AndonError('GRAPH_INVALID', {
				expected: 'every value to be defined once',
				found: `"${value.name}" twice`,
				fix: 'Rename one of them.',
			});
		this.#values.set(value.name, value);
	}

	#fresh(kind: string): string {
		let name: string;
		do name = `${this.#scope}${kind.toLowerCase()}_${this.#counter++}`;
		while (this.#values.has(name) || this.#nodeNames.has(name));
		return name;
	}
}
