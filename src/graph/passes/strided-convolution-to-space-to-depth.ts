/**
 * Rewrites a strided convolution of very few channels as space-to-depth and a convolution of stride 1: exact, and integer
 * kernels, which work on many channels at once, have more to do per position.
 */
import { intOf, intsOf, stringOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { type Graph, type Node, sizeOf, type Tensor } from '../graph.ts';
import { isFixed, rewriteNodes } from './rewrite-nodes.ts';

/** Channels from which a convolution is left as it is. */
const ENOUGH_CHANNELS = 4;

/** Rewrites every convolution whose kernel, padding and input are whole multiples of its one stride, with constant weights. */
export function stridedConvolutionToSpaceToDepth(graph: Graph): { graph: Graph; modified: boolean } {
	return rewriteNodes(graph, 'space-to-depth', isRewritable, rewrite);
}

function isRewritable(node: Node, g: GraphBuilder): boolean {
	const weight = g.initializers.get(node.inputs[1]);
	if (node.op !== 'Conv' || weight?.type !== 'float32' || weight.dims.length !== 4) return false;
	const [stride, other] = intsOf(node, 'strides', [1, 1]);
	const whole = (sizes: readonly unknown[]) => sizes.every((size) => typeof size === 'number' && size % stride === 0);
	return (
		stride > 1 &&
		stride === other &&
		weight.dims[1] < ENOUGH_CHANNELS &&
		intOf(node, 'group', 1) === 1 &&
		intsOf(node, 'dilations', [1, 1]).every((d) => d === 1) &&
		stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET' &&
		isFixed(g, node.inputs[0], 4) &&
		whole([...weight.dims.slice(2), ...intsOf(node, 'pads', [0, 0, 0, 0]), ...g.shape(node.inputs[0]).slice(2)])
	);
}

/** Channel (row · s + column) · C + c of the new input is pixel (row, column) of each s×s block of channel c. */
function rewrite(g: GraphBuilder, node: Node): void {
	const [x, weight, ...bias] = node.inputs;
	const s = intsOf(node, 'strides', [1, 1])[0];
	const [n, channels, height, width] = g.shape(x);
	// With the channels last, as integer kernels want them, the columns of a block already stand side by side.
	const last = g.transpose(x, [0, 2, 3, 1]);
	const rows = g.reshape(last, [n, height / s, s, width / s, s * channels]);
	const blocks = g.reshape(g.transpose(rows, [0, 1, 3, 2, 4]), [n, height / s, width / s, s * s * channels]);
	const deep = g.transpose(blocks, [0, 3, 1, 2]);
	const kernel = g.constant(deepen(g.initializers.get(weight)!, s));
	const pads = intsOf(node, 'pads', [0, 0, 0, 0]).map((p) => p / s);
	g.op('Conv', [deep, kernel, ...bias], { pads }, { names: node.outputs });
}

/** W[o, c, s·i + row, s·j + column] → W'[o, (row · s + column) · C + c, i, j]. */
function deepen({ dims, data }: Tensor, s: number): Tensor {
	const [filters, channels, kh, kw] = dims;
	const target = [filters, s * s * channels, kh / s, kw / s];
	const result = new Float32Array(sizeOf(target));
	for (let o = 0, from = 0; o < filters; o++)
		for (let c = 0; c < channels; c++)
			for (let y = 0; y < kh; y++)
				for (let x = 0; x < kw; x++, from++) {
					const channel = ((y % s) * s + (x % s)) * channels + c;
					const row = (o * target[1] + channel) * target[2] + Math.floor(y / s);
					result[row * target[3] + Math.floor(x / s)] = Number(data[from]);
				}
	return { type: 'float32', dims: target, data: result };
}
