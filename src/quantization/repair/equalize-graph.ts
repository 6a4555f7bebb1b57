/** Moves factors per channel from a convolution to those that read it, so that all channels use the codes well. */
import type { Graph, Node, Tensor } from '../../graph/graph.ts';
import { float32 } from '../../graph/graph.ts';
import { type Links, linksOf } from '../../graph/links.ts';
import { type ChannelReader, channelReaders } from './channel-readers.ts';

export interface Equalized {
	readonly graph: Graph;
	/** Values that were equalized, and by how much their quietest channel was amplified. */
	readonly values: readonly { readonly name: string; readonly largestFactor: number }[];
	/** How many ReLU6 became a ReLU and a bound per channel. */
	readonly bounds: number;
}

/** Most that a channel is amplified. */
const MOST = 1024;
/** The same before depthwise convolutions, where only calibration speaks: a channel may be louder in other images. */
const MOST_BY_CALIBRATION = 32;
const MOST_SWEEPS = 20;
/** A sweep that changes no factor by more than this share is the last. */
const SETTLED = 0.01;

/**
 * Cross-layer equalization (Nagel et al. 2019, Data-Free Quantization, section 4.1): with a positive s, f(s·x) = s·f(x)
 * for ReLU, so rows of one convolution are divided by s and columns of the next multiplied, and nothing else changes.
 * Their s = √(r₁/r₂) has the ranges of both weights. Weights with a scale per row, as ours, do not care for the first,
 * but the values in between have one scale, so r₁ is the range of the channel itself, as measured (as in Xiao et al.
 * 2023, SmoothQuant); and where all readers are depthwise, whose weights do not care either, s = r₁ makes all channels
 * equally loud.
 *
 * A ReLU6 in between becomes a ReLU and an upper bound per channel. No channel that reached its bound is amplified, and
 * none beyond what the bound was, so that the range that cut at 6 still does.
 *
 * @param magnitudes largest magnitude by channel of a value behind its activation, from calibration
 */
export function equalizeGraph(graph: Graph, magnitudes: (value: string) => Float64Array | undefined): Equalized {
	const links = linksOf(graph);
	const weights = new Map<string, Tensor>();
	const joints = graph.nodes.flatMap((node) => jointAt(node, graph, links, magnitudes) ?? []);
	for (const { writer, readers } of joints)
		for (const { inputs } of [writer, ...readers.map(({ convolution }) => convolution)])
			for (const name of inputs.slice(1)) if (name) weights.set(name, copyOf(graph.initializers.get(name)!));
	for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
		const changes = joints.map((joint) => equalizeJoint(joint, weights));
		if (Math.max(0, ...changes) < SETTLED) break;
	}
	const changed = joints.filter(({ factors }) => factors.some((s) => s !== 1));
	const rewritten = changed.reduce(withBound, { ...graph, initializers: new Map([...graph.initializers, ...weights]) });
	return {
		graph: rewritten,
		values: changed.map(({ value, factors }) => ({ name: value, largestFactor: 1 / Math.min(...factors) })),
		bounds: changed.filter(({ clip }) => clip).length,
	};
}

/** A value between convolutions whose channels can be scaled. */
interface Joint {
	readonly value: string;
	readonly writer: Node;
	/** The Clip between writer and value, and its upper bound. */
	readonly clip: { readonly node: Node; readonly bound: number } | undefined;
	readonly readers: readonly ChannelReader[];
	readonly magnitudes: Float64Array;
	/** By what each channel is divided, at most 1. */
	readonly factors: Float64Array;
}

function jointAt(
	writer: Node,
	graph: Graph,
	links: Links,
	magnitudes: (value: string) => Float64Array | undefined,
): Joint | undefined {
	const weight = writer.op === 'Conv' && writer.domain === '' ? graph.initializers.get(writer.inputs[1]) : undefined;
	const constants = writer.inputs.slice(1).filter((name) => name !== '');
	const ours = constants.every((name) => graph.initializers.has(name) && links.consumers(name).length === 1);
	if (weight?.type !== 'float32' || !ours) return undefined;
	const next = links.onlyConsumer(writer.outputs[0]);
	const bound = next && boundOf(next, graph);
	const value = next && (next.op === 'Relu' || bound !== undefined) ? next.outputs[0] : writer.outputs[0];
	const known = magnitudes(value);
	const readers = known && channelReaders(graph, links, value, weight.dims[0]);
	if (!readers || known.length !== weight.dims[0]) return undefined;
	const clip = next && bound !== undefined ? { node: next, bound } : undefined;
	return { value, writer, clip, readers, magnitudes: known, factors: new Float64Array(known.length).fill(1) };
}

/** The upper end of a Clip from 0. */
function boundOf({ op, inputs }: Node, { initializers }: Graph): number | undefined {
	const [low, high] = [1, 2].map((i) => initializers.get(inputs[i] ?? '')?.data);
	return op === 'Clip' && low?.length === 1 && Number(low[0]) === 0 && high?.length === 1 ? Number(high[0]) : undefined;
}

/** @returns the largest relative change of a factor */
function equalizeJoint(joint: Joint, weights: Map<string, Tensor>): number {
	const { writer, readers, factors } = joint;
	const wanted = wantedFactors(joint, weights);
	const changes = wanted.map((s, c) => s / factors[c]);
	const [, weight, bias] = writer.inputs;
	scaleRows(weights.get(weight)!, (c) => 1 / changes[c]);
	if (bias) scaleRows(weights.get(bias)!, (c) => 1 / changes[c]);
	for (const reader of readers) scaleColumns(reader, weights, (c) => changes[c]);
	factors.set(wanted);
	return Math.max(...changes.map((change) => Math.abs(change - 1)));
}

function wantedFactors({ readers, magnitudes, factors, clip }: Joint, weights: Map<string, Tensor>): Float64Array {
	const columns = columnRanges(readers, weights, magnitudes.length);
	const isDepthwise = readers.every(({ convolution }) => weights.get(convolution.inputs[1])!.dims[1] === 1);
	const isLive = (c: number) => magnitudes[c] > 0 && columns[c] > 0;
	const raw = magnitudes.map((r, c) => (isDepthwise ? r : Math.sqrt((r * factors[c]) / columns[c])));
	const loudest = raw.reduce((most, s, c) => (isLive(c) ? Math.max(most, s) : most), 0);
	const wanted = raw.map((s, c) => {
		const least = Math.max(1 / (isDepthwise ? MOST_BY_CALIBRATION : MOST), clip ? magnitudes[c] / clip.bound : 0);
		return isLive(c) ? Math.min(1, Math.max(s / loudest, least)) : 1;
	});
	const largest = wanted.reduce((most, s, c) => (isLive(c) ? Math.max(most, (s * columns[c]) / factors[c]) : most), 0);
	// A channel that calibration never saw must not set the scale of weights that others are read with.
	return wanted.map((s, c) =>
		isLive(c) || isDepthwise || columns[c] === 0
			? s
			: Math.max(1 / MOST, Math.min(1, (largest * factors[c]) / columns[c])),
	);
}

/** The largest weight that meets each channel. */
function columnRanges(readers: readonly ChannelReader[], weights: Map<string, Tensor>, channels: number): Float64Array {
	const ranges = new Float64Array(channels);
	for (const reader of readers)
		visitColumns(reader, weights, (c, values, from, to) => {
			for (let i = from; i < to; i++) ranges[c] = Math.max(ranges[c], Math.abs(values[i]));
		});
	return ranges;
}

function scaleColumns(reader: ChannelReader, weights: Map<string, Tensor>, by: (channel: number) => number): void {
	visitColumns(reader, weights, (c, values, from, to) => {
		const factor = by(c);
		for (let i = from; i < to; i++) values[i] *= factor;
	});
}

/** Calls with every piece of a weight [Co, Ci/groups, …] that reads one of the followed channels. */
function visitColumns(
	{ convolution, channels }: ChannelReader,
	weights: Map<string, Tensor>,
	visit: (channel: number, values: Float32Array, from: number, to: number) => void,
): void {
	const { dims, data } = weights.get(convolution.inputs[1])!;
	const [filters, perGroup] = dims;
	const area = data.length / filters / perGroup;
	const filtersPerGroup = filters / (channels.length / perGroup);
	for (let o = 0; o < filters; o++)
		for (let k = 0; k < perGroup; k++) {
			const channel = channels[Math.floor(o / filtersPerGroup) * perGroup + k];
			const from = (o * perGroup + k) * area;
			if (channel >= 0) visit(channel, data as Float32Array, from, from + area);
		}
}

function scaleRows({ dims, data }: Tensor, by: (row: number) => number): void {
	const values = data as Float32Array;
	const size = values.length / dims[0];
	for (let i = 0; i < values.length; i++) values[i] *= by(Math.floor(i / size));
}

/** A Clip from 0 to u becomes a ReLU and a minimum with u/s of each channel. */
function withBound(graph: Graph, { clip, factors, writer }: Joint): Graph {
	if (!clip) return graph;
	const [output] = clip.node.outputs;
	const rank = graph.initializers.get(writer.inputs[1])!.dims.length;
	const dims = [1, factors.length, ...new Array<number>(rank - 2).fill(1)];
	const [positive, bounds] = [`${output}/positive`, `${output}/bounds`];
	const shared = { domain: '', attributes: {} };
	const relu = { ...shared, name: positive, op: 'Relu', inputs: [clip.node.inputs[0]], outputs: [positive] };
	const min = { ...shared, name: `${output}/bounded`, op: 'Min', inputs: [positive, bounds], outputs: [output] };
	return {
		...graph,
		nodes: graph.nodes.flatMap((node) => (node === clip.node ? [relu, min] : [node])),
		initializers: new Map(graph.initializers).set(
			bounds,
			float32(
				dims,
				Float32Array.from(factors, (s) => clip.bound / s),
			),
		),
	};
}

function copyOf(tensor: Tensor): Tensor {
	return { ...tensor, data: tensor.data.slice() as Tensor['data'] };
}
