/** Decides which values of a float graph travel as integers, and which nodes stay in float and why. */
import { stringOf } from '../graph/attributes.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { type Links, linksOf } from '../graph/links.ts';
import { type CameraInput, findCameraInput } from './camera-input.ts';

export interface Plan {
	readonly camera: CameraInput | undefined;
	/** Values to be quantized. */
	readonly integers: ReadonlySet<string>;
	/** A convolution or addition → the ReLU behind it, which clipping at code 0 replaces. */
	readonly absorbed: ReadonlyMap<Node, Node>;
	readonly inFloat: readonly LeftInFloat[];
}

export interface LeftInFloat {
	readonly name: string;
	readonly op: string;
	readonly reason: string;
}

/** Operators whose output holds values of their input and nothing else, so that both share scale and zero point. */
const MOVERS = new Set(
	'MaxPool Reshape Transpose Flatten Squeeze Unsqueeze Identity Slice DepthToSpace SpaceToDepth Resize'.split(' '),
);

export function planQuantization(graph: Graph): Plan {
	const links = linksOf(graph);
	const camera = findCameraInput(graph, links);
	const absorbed = absorbedActivations(graph, links);
	const integers = new Set<string>();
	// Demand spreads from convolutions through movers in both directions until nothing changes.
	for (let before = -1; before !== integers.size; ) {
		before = integers.size;
		for (const node of graph.nodes)
			for (const name of demandedBy(node, { graph, integers, absorbed, camera })) integers.add(name);
	}
	const plan = { camera, integers, absorbed };
	return { ...plan, inFloat: graph.nodes.flatMap((node) => leftInFloat(node, graph, plan)) };
}

/** The value that a node gives after the activation that it absorbs. */
export function resultOf(node: Node, absorbed: ReadonlyMap<Node, Node>): string {
	return (absorbed.get(node) ?? node).outputs[0];
}

/** Whether a node only moves values that are already there. Cubic interpolation overshoots, so it does not count. */
export function isMover(node: Node): boolean {
	if (!MOVERS.has(node.op) || node.domain !== '' || node.outputs.length !== 1) return false;
	return node.op !== 'Resize' || stringOf(node, 'mode', 'nearest') !== 'cubic';
}

/** Whether a node's output holds codes of its inputs and nothing else; interpolation makes values in between. */
export function keepsCodes(node: Node): boolean {
	if (node.op === 'Concat') return node.domain === '';
	return isMover(node) && (node.op !== 'Resize' || stringOf(node, 'mode', 'nearest') === 'nearest');
}

/** A convolution for which there is an integer kernel: constant float weights. */
export function isIntegerConvolution(node: Node, graph: Graph): boolean {
	const constant = (name: string) => name === '' || graph.initializers.get(name)?.type === 'float32';
	return node.op === 'Conv' && node.domain === '' && node.inputs.slice(1).every(constant);
}

interface Demand {
	readonly graph: Graph;
	readonly integers: ReadonlySet<string>;
	readonly absorbed: ReadonlyMap<Node, Node>;
	readonly camera: CameraInput | undefined;
}

function demandedBy(node: Node, { graph, integers, absorbed, camera }: Demand): readonly string[] {
	if (camera?.nodes.includes(node)) return [];
	const result = resultOf(node, absorbed);
	if (isIntegerConvolution(node, graph)) return [node.inputs[0], result];
	if (isMover(node)) return integers.has(node.inputs[0]) || integers.has(result) ? [node.inputs[0], result] : [];
	if (node.domain !== '' || node.inputs.some((name) => graph.initializers.has(name))) return [];
	const known = node.inputs.filter((name) => integers.has(name)).length;
	if (node.op === 'Concat' && (integers.has(result) || known === node.inputs.length)) return [...node.inputs, result];
	if ((node.op === 'Add' || node.op === 'Mul') && integers.has(result) && known > 0) return node.inputs;
	return [];
}

function absorbedActivations(graph: Graph, links: Links): Map<Node, Node> {
	const absorbed = new Map<Node, Node>();
	for (const node of graph.nodes) {
		if (!isIntegerConvolution(node, graph) && node.op !== 'Add') continue;
		const next = links.onlyConsumer(node.outputs[0]);
		if (next && next.domain === '' && cutsAtZero(next, graph)) absorbed.set(node, next);
	}
	return absorbed;
}

/** ReLU, or Clip from 0 (as in ReLU6): calibration has seen what Clip lets through, so its upper end needs no node. */
function cutsAtZero(node: Node, { initializers }: Graph): boolean {
	if (node.op === 'Relu') return true;
	const low = node.op === 'Clip' ? initializers.get(node.inputs[1] ?? '') : undefined;
	return low?.data.length === 1 && Number(low.data[0]) === 0;
}

function leftInFloat(node: Node, graph: Graph, plan: Omit<Plan, 'inFloat'>): LeftInFloat[] {
	const { camera, integers, absorbed } = plan;
	const isAbsorbed = Array.from(absorbed).some(
		([host, activation]) => activation === node && integers.has(resultOf(host, absorbed)),
	);
	const touches = [node.inputs[0], resultOf(node, absorbed)].every((name) => integers.has(name));
	const moved = touches && (isMover(node) || node.op === 'Concat' || node.op === 'Add' || node.op === 'Mul');
	if (camera?.nodes.includes(node) || isAbsorbed || moved || isIntegerConvolution(node, graph)) return [];
	return [{ name: node.name || node.outputs[0], op: node.op, reason: reasonFor(node) }];
}

function reasonFor(node: Node): string {
	if (node.op === 'ConvTranspose') return 'there is no integer kernel for this transposed convolution';
	if (node.op === 'Conv') return 'its weights are not constant';
	if (isMover(node) || node.op === 'Concat') return 'it only moves float values';
	return 'it is computed in float';
}
