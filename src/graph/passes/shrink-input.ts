/** A deployed model takes larger images than it was made for: they are shrunk inside the graph, each pixel the mean of a block. */
import { AndonError } from '../../base/errors.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph } from '../graph.ts';

interface Size {
	readonly width: number;
	readonly height: number;
}

/**
 * @param graph with the one input `image` uint8[1,h,w,C]
 * @param size a whole multiple of w and h
 * @returns the same graph when the size is its own
 * @throws MODEL_UNSUPPORTED when the size is no multiple, or the input another one
 */
export function shrinkInput(graph: Graph, { width, height }: Size): Graph {
	const [image] = graph.inputs;
	const [one, h, w, channels] = (image?.shape ?? []) as readonly number[];
	if (graph.inputs.length !== 1 || image.type !== 'uint8' || one !== 1) throw unsupported('one image', describe(graph));
	if (h === height && w === width) return graph;
	if (height % h !== 0 || width % w !== 0)
		throw unsupported(`an input that ${width} × ${height} is a multiple of`, `${w} × ${h}`);
	const g = new GraphBuilder(graph.name);
	g.input('image', 'uint8', [1, height, width, channels]);
	g.within('shrink', () => {
		const numbers = g.op('Cast', ['image'], { to: 1 });
		const planes = channels === 1 ? g.reshape(numbers, [1, 1, height, width]) : g.transpose(numbers, [0, 3, 1, 2]);
		const kernel = [height / h, width / w];
		const means = g.op('AveragePool', [planes], { kernel_shape: kernel, strides: kernel });
		// The model was made for bytes.
		const bytes = g.op('Cast', [g.op('Round', [means])], { to: 2 });
		if (channels === 1) g.op('Reshape', [bytes, g.ints([1, h, w, 1])], {}, { names: [SMALL] });
		else g.op('Transpose', [bytes], { perm: [0, 2, 3, 1] }, { names: [SMALL] });
	});
	const renamed = (name: string) => (name === image.name ? SMALL : name);
	for (const [name, tensor] of graph.initializers) g.constant(tensor, name);
	for (const node of graph.nodes) g.append({ ...node, inputs: node.inputs.map(renamed) }, graph.values);
	for (const { name } of graph.outputs) g.output(name);
	return { ...g.build(graph.metadata), opsets: graph.opsets };
}

const SMALL = 'shrink/image';

function describe({ inputs }: Graph): string {
	return inputs.map(({ name, type, shape }) => `${name} ${type}[${shape ?? '?'}]`).join(', ');
}

function unsupported(expected: string, found: string): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', {
		expected,
		found,
		fix: 'Train a model whose width and height divide those of the bundle.',
	});
}
