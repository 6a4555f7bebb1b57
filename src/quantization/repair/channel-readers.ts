/** Follows the channels of a value to the convolutions that read them, where a factor per channel can be made up for. */
import { stringOf } from '../../graph/attributes.ts';
import type { Graph, Node } from '../../graph/graph.ts';
import type { Links } from '../../graph/links.ts';

export interface ChannelReader {
	readonly convolution: Node;
	/** The followed channel that is behind each input channel of the convolution; −1 where it is another value's. */
	readonly channels: readonly number[];
}

/** Operators that treat each channel alike and let a positive factor through. */
const TRANSPARENT = new Set('Relu MaxPool AveragePool GlobalAveragePool Identity'.split(' '));

/**
 * @param channels size of axis 1 of the value
 * @returns undefined when anything else reads the value as well, so that its scale is not ours to change
 */
export function channelReaders(
	graph: Graph,
	links: Links,
	value: string,
	channels: number,
): readonly ChannelReader[] | undefined {
	const outputs = new Set(graph.outputs.map(({ name }) => name));
	const readers: ChannelReader[] = [];
	const follow = (name: string, behind: readonly number[]): boolean =>
		!outputs.has(name) &&
		links.consumers(name).every((node) => {
			if (isConvolution(node, name, graph)) {
				readers.push({ convolution: node, channels: behind });
				return true;
			}
			const next = channelsAfter(node, name, behind, graph);
			return next !== undefined && follow(node.outputs[0], next);
		});
	const all = follow(
		value,
		Array.from({ length: channels }, (_, c) => c),
	);
	return all && readers.length > 0 ? readers : undefined;
}

/** Whether a node is a convolution of this value whose weights, read by nothing else, can take a factor. */
function isConvolution(node: Node, value: string, { nodes, initializers }: Graph): boolean {
	if (node.op !== 'Conv' || node.domain !== '' || node.inputs[0] !== value) return false;
	const [, weight] = node.inputs;
	const isShared = nodes.some((other) => other !== node && other.inputs.includes(weight));
	return initializers.get(weight)?.type === 'float32' && !isShared && !node.inputs.slice(1).includes(value);
}

/** Which of the followed channels are where behind a node; undefined when it does not keep them apart. */
function channelsAfter(
	node: Node,
	value: string,
	behind: readonly number[],
	graph: Graph,
): readonly number[] | undefined {
	if (node.domain !== '' || node.outputs.length !== 1) return undefined;
	if (TRANSPARENT.has(node.op)) return behind;
	if (node.op === 'Resize') return node.inputs.indexOf(value) === 0 ? behind : undefined;
	if (node.op === 'Pad') return isZeroPad(node, graph) ? behind : undefined;
	if (node.op === 'Concat') return channelsInConcat(node, value, behind, graph);
	// Channel k·C + c of the result is channel c (ONNX, SpaceToDepth).
	if (node.op === 'SpaceToDepth') {
		const blocksize = node.attributes.blocksize;
		return blocksize?.kind === 'int' ? Array.from({ length: blocksize.value ** 2 }, () => behind).flat() : undefined;
	}
	return undefined;
}

function isZeroPad(node: Node, { initializers }: Graph): boolean {
	const fill = node.inputs[2] ? initializers.get(node.inputs[2])?.data[0] : 0;
	return stringOf(node, 'mode', 'constant') !== 'constant' || Number(fill) === 0;
}

function channelsInConcat(
	node: Node,
	value: string,
	behind: readonly number[],
	{ values }: Graph,
): readonly number[] | undefined {
	const axis = node.attributes.axis;
	if (axis?.kind !== 'int' || axis.value !== 1) return undefined;
	const parts = node.inputs.map((name) => {
		const size = name === value ? behind.length : values.get(name)?.shape?.[1];
		if (typeof size !== 'number') return undefined;
		return name === value ? behind : new Array<number>(size).fill(-1);
	});
	return parts.every((part) => part !== undefined) ? (parts as (readonly number[])[]).flat() : undefined;
}
