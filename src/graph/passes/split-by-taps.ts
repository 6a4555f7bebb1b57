/**
 * Splits a convolution whose filters come in groups, some of which leave the edge of the kernel empty, into one convolution
 * with a smaller kernel for each group: exact, and nothing is multiplied by zero. A transposed convolution of 3×3 at stride 2
 * that became an ordinary one has 9 taps among its 16.
 */
import { intOf, intsOf, stringOf, toAttributes } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { float32, type Graph, type Node, type Tensor } from '../graph.ts';
import { linksOf } from '../links.ts';
import { rewriteNodes } from './rewrite-nodes.ts';

/** Filters of a group from which its own convolution is worth it: integer kernels work on so many at once. */
const ENOUGH_FILTERS = 16;

/** Splits every such convolution in front of a DepthToSpace, whose blocks tell the groups. */
export function splitByTaps(graph: Graph): { graph: Graph; modified: boolean } {
	const links = linksOf(graph);
	const plans = new Map<Node, Plan>();
	for (const node of graph.nodes) {
		const convolution = node.op === 'DepthToSpace' && node.domain === '' ? links.producer(node.inputs[0]) : undefined;
		const plan = convolution && planOf(convolution, node, graph);
		if (plan) plans.set(convolution, plan);
	}
	return rewriteNodes(
		graph,
		'taps',
		(node) => plans.has(node),
		(g, node) => write(g, node, plans.get(node)!),
	);
}

/** For each group, which rows and columns of the kernel it needs: [top, left, bottom, right), in taps. */
interface Plan {
	readonly weight: Tensor;
	readonly windows: readonly (readonly number[])[];
}

function planOf(node: Node, { attributes }: Node, { initializers }: Graph): Plan | undefined {
	const weight = initializers.get(node.inputs[1]);
	const groups = Number(attributes.blocksize?.value) ** 2;
	const simple =
		node.op === 'Conv' &&
		node.domain === '' &&
		weight?.type === 'float32' &&
		weight.dims.length === 4 &&
		intOf(node, 'group', 1) === 1 &&
		[...intsOf(node, 'strides', [1, 1]), ...intsOf(node, 'dilations', [1, 1])].every((n) => n === 1) &&
		stringOf(node, 'auto_pad', 'NOTSET') === 'NOTSET' &&
		node.inputs.slice(2).every((name) => name === '' || initializers.has(name));
	if (!simple || weight.dims[0] % groups !== 0 || weight.dims[0] / groups < ENOUGH_FILTERS) return undefined;
	const [, , height, width] = weight.dims;
	const pads = intsOf(node, 'pads', [0, 0, 0, 0]);
	const windows = Array.from({ length: groups }, (_, group) => usedWindow(weight, group, groups, pads));
	const smaller = windows.some(([top, left, bottom, right]) => (bottom - top) * (right - left) < height * width);
	return smaller ? { weight, windows } : undefined;
}

/** Padding goes with the taps that see it, so no more than the padding can be cut off. */
function usedWindow(weight: Tensor, group: number, groups: number, pads: readonly number[]): readonly number[] {
	const [, , height, width] = weight.dims;
	const used = (y: number, x: number) => tapIsUsed(weight, group, groups, y, x);
	const rows = [...Array(height).keys()].filter((y) => [...Array(width).keys()].some((x) => used(y, x)));
	const columns = [...Array(width).keys()].filter((x) => [...Array(height).keys()].some((y) => used(y, x)));
	return [
		Math.min(rows[0] ?? 0, pads[0]),
		Math.min(columns[0] ?? 0, pads[1]),
		Math.max((rows.at(-1) ?? height - 1) + 1, height - pads[2]),
		Math.max((columns.at(-1) ?? width - 1) + 1, width - pads[3]),
	];
}

function tapIsUsed({ dims, data }: Tensor, group: number, groups: number, y: number, x: number): boolean {
	const [filters, channels, height, width] = dims;
	const plane = height * width;
	const [from, to] = [group, group + 1].map((g) => (filters / groups) * g * channels * plane);
	for (let at = from + y * width + x; at < to; at += plane) if (data[at] !== 0) return true;
	return false;
}

function write(g: GraphBuilder, node: Node, { weight, windows }: Plan): void {
	const [x, , bias] = node.inputs;
	const count = weight.dims[0] / windows.length;
	const pads = intsOf(node, 'pads', [0, 0, 0, 0]);
	const parts = windows.map((window, group) => {
		const [top, left, bottom, right] = window;
		const inputs = [x, g.constant(cropped(weight, group * count, count, window))];
		if (bias) inputs.push(g.constant(slice(g.initializers.get(bias)!, group * count, count)));
		const [, , height, width] = weight.dims;
		const attributes = {
			kernel_shape: [bottom - top, right - left],
			pads: [pads[0] - top, pads[1] - left, pads[2] - (height - bottom), pads[3] - (width - right)],
		};
		return g.op('Conv', inputs, attributes);
	});
	g.append({ ...node, op: 'Concat', inputs: parts, attributes: toAttributes({ axis: 1 }) });
}

function cropped({ dims, data }: Tensor, first: number, count: number, window: readonly number[]): Tensor {
	const [, channels, height, width] = dims;
	const [top, left, bottom, right] = window;
	const result = new Float32Array(count * channels * (bottom - top) * (right - left));
	let at = 0;
	for (let plane = first * channels; plane < (first + count) * channels; plane++)
		for (let y = top; y < bottom; y++)
			for (let x = left; x < right; x++) result[at++] = Number(data[(plane * height + y) * width + x]);
	return float32([count, channels, bottom - top, right - left], result);
}

function slice({ data }: Tensor, first: number, count: number): Tensor {
	return float32([count], (data as Float32Array).slice(first, first + count));
}
