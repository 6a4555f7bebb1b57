/** The same convolutional network for larger images: only the sizes that are written into its graph change. */
import type { Graph, Shape, Tensor } from '../../graph/graph.ts';

/** Beyond the image by so many pixels at most are the ends of the slices of a 5×5 mean. */
const MARGIN = 4;

/**
 * @param graph of an inspector for square images whose side is known
 * @param factor so many times the side; a whole number
 */
export function enlargeGraph(graph: Graph, factor: number): Graph {
	const side = Number(graph.inputs[0].shape![1]);
	const sizes = new Map<number, number>();
	for (let size = side; size > MARGIN && Number.isInteger(size); size /= 2) sizes.set(size, size * factor);
	for (let beyond = 1; beyond <= MARGIN; beyond++) sizes.set(side + beyond, side * factor + beyond);
	const larger = (shape: Shape): Shape => shape.map((d, axis) => (axis > 0 && sizes.get(Number(d))) || d);
	const shapes = new Set(graph.nodes.filter(({ op }) => op === 'Reshape').map(({ inputs }) => inputs[1]));
	const ends = new Set(graph.nodes.filter(({ op }) => op === 'Slice').map(({ inputs }) => inputs[2]));
	const initializers = Array.from(graph.initializers, ([name, tensor]) => {
		const isSize = (shapes.has(name) || ends.has(name)) && tensor.data instanceof BigInt64Array;
		return [name, isSize ? enlarged(tensor, sizes) : tensor] as const;
	});
	const resized = <V extends { readonly shape: Shape | undefined }>(value: V): V =>
		value.shape ? { ...value, shape: larger(value.shape) } : value;
	return {
		...graph,
		inputs: graph.inputs.map(resized),
		outputs: graph.outputs.map(resized),
		initializers: new Map(initializers),
		values: new Map(),
	};
}

function enlarged(tensor: Tensor, sizes: ReadonlyMap<number, number>): Tensor {
	const data = BigInt64Array.from(tensor.data as BigInt64Array, (d) => BigInt(sizes.get(Number(d)) ?? d));
	return { ...tensor, data };
}
