/**
 * Rewrites a strided transposed convolution as a convolution to stride² times the channels and DepthToSpace: exact,
 * and there is an integer kernel for it.
 */
import { intOf, intsOf, stringOf, toAttributes } from '../attributes.ts';
import { float32, type Graph, type Node, type Tensor } from '../graph.ts';
import { dropDeadNodes } from './drop-dead-nodes.ts';

/**
 * Rewrites every transposed convolution with one stride for both axes, one group, no dilation, constant weights and an
 * output of exactly stride times the input (2×2 at stride 2, 3×3 at stride 2 with padding 1 and output padding 1 …).
 */
export function transposedConvolutionToDepthToSpace(graph: Graph): { graph: Graph; modified: boolean } {
	const initializers = new Map(graph.initializers);
	const nodes = graph.nodes.flatMap((node) => {
		const weight = initializers.get(node.inputs[1]);
		const bias = node.inputs[2] ? initializers.get(node.inputs[2]) : undefined;
		if (!weight || (node.inputs[2] && !bias) || !isRewritable(node, weight)) return node;
		return rewrite(node, weight, bias, initializers);
	});
	if (nodes.length === graph.nodes.length) return { graph, modified: false };
	return { graph: dropDeadNodes({ ...graph, nodes, initializers }).graph, modified: true };
}

function isRewritable(node: Node, weight: Tensor): boolean {
	if (node.op !== 'ConvTranspose' || node.domain !== '' || weight.type !== 'float32' || weight.dims.length !== 4)
		return false;
	const { stride, pads, extra } = geometry(node);
	return (
		stride[0] === stride[1] &&
		stride[0] > 1 &&
		intOf(node, 'group', 1) === 1 &&
		intsOf(node, 'dilations', [1, 1]).every((d) => d === 1) &&
		stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET' &&
		!node.attributes.output_shape &&
		// (H−1)·s + K − pads + extra = s·H
		[0, 1].every((axis) => weight.dims[2 + axis] - pads[axis] - pads[2 + axis] + extra[axis] === stride[axis]) &&
		[0, 1].every((axis) => pads[axis] < weight.dims[2 + axis])
	);
}

function geometry(node: Node) {
	return {
		stride: intsOf(node, 'strides', [1, 1]),
		pads: intsOf(node, 'pads', [0, 0, 0, 0]),
		extra: intsOf(node, 'output_padding', [0, 0]),
	};
}

/**
 * y[s·q + r] = Σ_d x[q−d]·W[s·d + r + p]: for each remainder r an ordinary convolution, with d from `low` to `high`.
 */
function rewrite(node: Node, weight: Tensor, bias: Tensor | undefined, initializers: Map<string, Tensor>): Node[] {
	const { stride, pads } = geometry(node);
	const s = stride[0];
	const kernel = weight.dims.slice(2);
	const low = pads.slice(0, 2).map((p) => -Math.floor((s - 1 + p) / s));
	const high = kernel.map((k, axis) => Math.floor((k - 1 - pads[axis]) / s));
	const names = {
		weight: `${node.outputs[0]}/weight`,
		bias: `${node.outputs[0]}/bias`,
		deep: `${node.outputs[0]}/deep`,
	};
	initializers.set(names.weight, subKernels(weight, s, pads, low, high));
	if (bias) initializers.set(names.bias, repeated(bias, s * s));
	const convolution = toAttributes({
		kernel_shape: high.map((h, axis) => h - low[axis] + 1),
		strides: [1, 1],
		pads: [high[0], high[1], -low[0], -low[1]],
		group: 1,
	});
	return [
		{
			...node,
			op: 'Conv',
			inputs: [node.inputs[0], names.weight, ...(bias ? [names.bias] : [])],
			outputs: [names.deep],
			attributes: convolution,
		},
		{
			name: `${node.name}/depth-to-space`,
			op: 'DepthToSpace',
			domain: '',
			inputs: [names.deep],
			outputs: node.outputs,
			attributes: toAttributes({ blocksize: s, mode: 'DCR' }),
		},
	];
}

/** [Ci, Co, Kh, Kw] → [s·s·Co, Ci, kh, kw], channels as DepthToSpace's mode DCR wants them: row, column, channel. */
function subKernels(
	{ dims, data }: Tensor,
	s: number,
	pads: readonly number[],
	low: readonly number[],
	high: readonly number[],
): Tensor {
	const [inputs, outputs, kernelH, kernelW] = dims;
	const [h, w] = high.map((top, axis) => top - low[axis] + 1);
	const result = new Float32Array(s * s * outputs * inputs * h * w);
	let at = 0;
	for (let row = 0; row < s; row++)
		for (let column = 0; column < s; column++)
			for (let co = 0; co < outputs; co++)
				for (let ci = 0; ci < inputs; ci++)
					for (let y = 0; y < h; y++)
						for (let x = 0; x < w; x++, at++) {
							const ky = s * (high[0] - y) + row + pads[0];
							const kx = s * (high[1] - x) + column + pads[1];
							if (ky >= 0 && ky < kernelH && kx >= 0 && kx < kernelW)
								result[at] = data[((ci * outputs + co) * kernelH + ky) * kernelW + kx] as number;
						}
	return float32([s * s * outputs, inputs, h, w], result);
}

function repeated({ data }: Tensor, times: number): Tensor {
	const values = data as Float32Array;
	return float32([values.length * times], Array.from({ length: times }, () => [...values]).flat());
}
