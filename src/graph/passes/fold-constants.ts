/**
 * Turns `Constant` nodes and the small integer arithmetic around shapes into constants, as exporters of other
 * frameworks write them. Heavy arithmetic on weights is left to ONNX Runtime.
 */
import { intOf } from '../attributes.ts';
import { type Graph, int64, type Node, sizeOf, type Tensor } from '../graph.ts';
import { shapePart } from '../ops/shape-ops.ts';
import { dropDeadNodes } from './drop-dead-nodes.ts';

type Fold = (node: Node, inputs: readonly Tensor[]) => Tensor | undefined;

/** Operators that are computed here, for constant inputs of at most this many values. */
const LARGEST = 4096;

const FOLDS: Readonly<Record<string, Fold>> = {
	Identity: (_node, [x]) => x,
	Constant: (node) => (node.attributes.value?.kind === 'tensor' ? node.attributes.value.value : listOf(node)),
	Reshape: (_node, [x, shape]) => reshaped(x, numbers(shape)),
	Squeeze: (_node, [x, axes]) => ({ ...x, dims: x.dims.filter((d, i) => (axes ? !at(axes, x).has(i) : d !== 1)) }),
	Unsqueeze: (_node, [x, axes]) => axes && unsqueezed(x, axes),
	Cast: (node, [x]) => (intOf(node, 'to', 0) === 7 ? (isIntegers(x) ? x : truncated(x)) : undefined),
	Slice: (_node, [x, starts, ends, axes, steps]) => sliced(x, numbers(starts), numbers(ends), axes, steps),
	Gather: (node, [x, index]) => (intOf(node, 'axis', 0) === 0 && x.dims.length === 1 ? gathered(x, index) : undefined),
	Concat: (_node, inputs) => (inputs.every(isIntegers) ? integers(inputs.flatMap((x) => [...bigs(x)])) : undefined),
	Add: (_node, [a, b]) => elementwise(a, b, (x, y) => x + y),
	Sub: (_node, [a, b]) => elementwise(a, b, (x, y) => x - y),
	Mul: (_node, [a, b]) => elementwise(a, b, (x, y) => x * y),
	Div: (_node, [a, b]) => (bigs(b).includes(0n) ? undefined : elementwise(a, b, (x, y) => x / y)),
};

/** Folds what depends on constants and on known shapes only; the rest stays as it is. */
export function foldConstants(graph: Graph): { graph: Graph; modified: boolean } {
	const initializers = new Map(graph.initializers);
	const outputs = new Set(graph.outputs.map((output) => output.name));
	const nodes = graph.nodes.filter((node) => {
		const [name] = node.outputs;
		const tensor = outputs.has(name) ? undefined : (fold(node, initializers) ?? knownShape(node, graph));
		if (tensor) initializers.set(name, tensor);
		return !tensor;
	});
	if (nodes.length === graph.nodes.length) return { graph, modified: false };
	return { graph: dropDeadNodes({ ...graph, nodes, initializers }).graph, modified: true };
}

function fold(node: Node, initializers: ReadonlyMap<string, Tensor>): Tensor | undefined {
	const rule = node.domain === '' && Object.hasOwn(FOLDS, node.op) ? FOLDS[node.op] : undefined;
	const inputs = node.inputs.map((name) => initializers.get(name));
	// Another name costs nothing, however large the tensor; exporters write equal weights once and name them anew.
	const largest = node.op === 'Identity' ? Number.POSITIVE_INFINITY : LARGEST;
	if (!rule || !inputs.every((x) => x !== undefined && x.data.length <= largest)) return undefined;
	return rule(node, inputs as Tensor[]);
}

/** `Shape` of a value whose size is known before running. */
function knownShape(node: Node, graph: Graph): Tensor | undefined {
	if (node.op !== 'Shape' || node.domain !== '') return undefined;
	const [name] = node.inputs;
	const shape = (graph.values.get(name) ?? graph.inputs.find((input) => input.name === name))?.shape;
	const part = shape && shapePart(node, shape);
	return part?.every((d) => typeof d === 'number') ? int64([part.length], part as number[]) : undefined;
}

function listOf(node: Node): Tensor | undefined {
	const single = node.attributes.value_int;
	if (single?.kind === 'int') return int64([], [single.value]);
	const list = node.attributes.value_ints;
	return list?.kind === 'ints' ? int64([list.value.length], list.value) : undefined;
}

function reshaped(x: Tensor, wanted: readonly number[]): Tensor {
	const known = wanted.map((d, i) => (d === 0 ? x.dims[i] : d));
	const rest = x.data.length / sizeOf(known.filter((d) => d !== -1));
	return { ...x, dims: known.map((d) => (d === -1 ? rest : d)) };
}

function at(axes: Tensor, x: Tensor): Set<number> {
	return new Set(numbers(axes).map((a) => (a + x.dims.length) % x.dims.length));
}

function unsqueezed(x: Tensor, axes: Tensor): Tensor {
	const rank = x.dims.length + axes.data.length;
	const added = new Set(numbers(axes).map((a) => (a + rank) % rank));
	const old = [...x.dims];
	return { ...x, dims: Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : old.shift()!)) };
}

/** A list of integers from `start` to before `end`; other slices are left alone. */
function sliced(x: Tensor, [start]: number[], [end]: number[], axes?: Tensor, steps?: Tensor): Tensor | undefined {
	if (!isIntegers(x) || x.dims.length !== 1 || (axes && axes.data.length !== 1)) return undefined;
	if (steps && numbers(steps)[0] !== 1) return undefined;
	return integers([...bigs(x)].slice(start, end));
}

function truncated(x: Tensor): Tensor | undefined {
	if (x.type !== 'float32') return undefined;
	const values = numbers(x).map(Math.trunc);
	return values.every(Number.isSafeInteger) ? int64(x.dims, values) : undefined;
}

function gathered(x: Tensor, index: Tensor): Tensor | undefined {
	if (!isIntegers(x)) return undefined;
	const picked = numbers(index).map((i) => bigs(x).at(i));
	return picked.every((v) => v !== undefined) ? integers(picked, index.dims) : undefined;
}

function elementwise(a: Tensor, b: Tensor, apply: (x: bigint, y: bigint) => bigint): Tensor | undefined {
	if (!isIntegers(a) || !isIntegers(b) || a.dims.length > 1 || b.dims.length > 1) return undefined;
	const [long, length] = a.data.length >= b.data.length ? [a, a.data.length] : [b, b.data.length];
	if ([a, b].some((x) => x.data.length !== length && x.data.length !== 1)) return undefined;
	const pick = (x: Tensor, i: number) => bigs(x)[x.data.length === 1 ? 0 : i];
	const dims = a.dims.length >= b.dims.length && a.data.length === length ? a.dims : long.dims;
	return integers(
		Array.from({ length }, (_, i) => apply(pick(a, i), pick(b, i))),
		dims,
	);
}

function isIntegers(x: Tensor): boolean {
	return x.type === 'int64';
}

function numbers(x: Tensor): number[] {
	return Array.from(x.data as ArrayLike<number | bigint>, Number);
}

function bigs(x: Tensor): BigInt64Array {
	return x.data as BigInt64Array;
}

function integers(values: readonly bigint[], dims: readonly number[] = [values.length]): Tensor {
	return { type: 'int64', dims, data: BigInt64Array.from(values) };
}
