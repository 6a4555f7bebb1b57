/** Decides which values of a float graph travel as integers, and which nodes stay in float and why. */
import { stringOf } from '../graph/attributes.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { type Links, linksOf } from '../graph/links.ts';
import { type CameraInput, findCameraInput } from './camera-input.ts';
import { floatReason, isFollower, isIntegerProduct } from './integer-operators.ts';

export interface Plan {
	readonly camera: CameraInput | undefined;
	/** Values to be quantized. */
	readonly integers: ReadonlySet<string>;
	/** Convolutions with an integer kernel that are not kept in float on purpose. */
	readonly convolutions: ReadonlySet<Node>;
	/** Dense layers with an integer kernel; what they give is float. */
	readonly products: ReadonlySet<Node>;
	/** A convolution or addition → the last of the activations behind it, which clipping at code 0 replaces. */
	readonly absorbed: ReadonlyMap<Node, Node>;
	/** All nodes that clipping replaces. */
	readonly clipped: ReadonlySet<Node>;
	readonly inFloat: readonly LeftInFloat[];
}

export interface LeftInFloat {
	readonly name: string;
	readonly op: string;
	readonly reason: string;
	/** What could be done about it, where that is known. */
	readonly help?: string;
}

/** Operators whose output holds values of their input and nothing else, so that both share scale and zero point. */
const MOVERS = new Set(
	'MaxPool Reshape Transpose Flatten Squeeze Unsqueeze Identity Slice DepthToSpace SpaceToDepth Resize'.split(' '),
);

/** @param keptInFloat outputs of convolutions that are to stay in float */
export function planQuantization(graph: Graph, keptInFloat: ReadonlySet<string> = new Set()): Plan {
	const links = linksOf(graph);
	const camera = findCameraInput(graph, links);
	const convolutions = new Set(
		graph.nodes.filter((node) => isIntegerConvolution(node, graph) && !keptInFloat.has(node.outputs[0])),
	);
	const chains = activationChains(graph, links, convolutions);
	const absorbed = new Map(Array.from(chains, ([host, chain]) => [host, chain[chain.length - 1]]));
	const arrives = integerArrivals(links, convolutions, absorbed);
	const products = new Set(graph.nodes.filter((node) => isIntegerProduct(node, graph) && arrives(node.inputs[0])));
	const integers = new Set<string>();
	// Demand spreads from convolutions through movers in both directions until nothing changes.
	for (let before = -1; before !== integers.size; ) {
		before = integers.size;
		for (const node of graph.nodes)
			for (const name of demandedBy(node, { graph, integers, convolutions, products, absorbed, camera }))
				integers.add(name);
	}
	const replaced = Array.from(chains).filter(([host]) => integers.has(resultOf(host, absorbed)));
	const clipped = new Set(replaced.flatMap(([, chain]) => chain));
	const plan = { camera, integers, convolutions, products, absorbed, clipped };
	return { ...plan, inFloat: graph.nodes.flatMap((node) => leftInFloat(node, graph, plan, keptInFloat)) };
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
	readonly convolutions: ReadonlySet<Node>;
	readonly products: ReadonlySet<Node>;
	readonly absorbed: ReadonlyMap<Node, Node>;
	readonly camera: CameraInput | undefined;
}

function demandedBy(
	node: Node,
	{ graph, integers, convolutions, products, absorbed, camera }: Demand,
): readonly string[] {
	if (camera?.nodes.includes(node)) return [];
	const result = resultOf(node, absorbed);
	if (convolutions.has(node)) return [node.inputs[0], result];
	if (products.has(node) || (isFollower(node) && integers.has(result))) return [node.inputs[0]];
	if (isMover(node)) return integers.has(node.inputs[0]) || integers.has(result) ? [node.inputs[0], result] : [];
	if (node.domain !== '' || node.inputs.some((name) => graph.initializers.has(name))) return [];
	const known = node.inputs.filter((name) => integers.has(name)).length;
	if (node.op === 'Concat' && (integers.has(result) || known === node.inputs.length)) return [...node.inputs, result];
	if ((node.op === 'Add' || node.op === 'Mul') && integers.has(result) && known > 0) return node.inputs;
	return [];
}

/** Tells whether a value can come to a dense layer as integers all the way from convolutions; else it would be converted for it. */
function integerArrivals(
	links: Links,
	convolutions: ReadonlySet<Node>,
	absorbed: ReadonlyMap<Node, Node>,
): (name: string) => boolean {
	const hosts = new Map(Array.from(absorbed.keys(), (node) => [resultOf(node, absorbed), node]));
	const known = new Map<string, boolean>();
	const arrives = (name: string): boolean => {
		const answer = known.get(name) ?? judge(hosts.get(name) ?? links.producer(name));
		known.set(name, answer);
		return answer;
	};
	const judge = (node: Node | undefined): boolean => {
		if (node?.domain !== '') return false;
		if (convolutions.has(node)) return true;
		if (isMover(node) || isFollower(node)) return arrives(node.inputs[0]);
		return ['Concat', 'Add', 'Mul'].includes(node.op) && node.inputs.every(arrives);
	};
	return arrives;
}

/** The activations behind each convolution or addition that clipping can stand for: one that cuts at zero, upper bounds after it. */
function activationChains(graph: Graph, links: Links, convolutions: ReadonlySet<Node>): Map<Node, readonly Node[]> {
	const chains = new Map<Node, readonly Node[]>();
	for (const node of graph.nodes) {
		if (!convolutions.has(node) && node.op !== 'Add') continue;
		const chain: Node[] = [];
		let next = links.onlyConsumer(node.outputs[0]);
		while (next && (chain.length === 0 ? cutsAtZero(next, graph) : boundsAbove(next, graph))) {
			chain.push(next);
			next = links.onlyConsumer(next.outputs[0]);
		}
		if (chain.length > 0) chains.set(node, chain);
	}
	return chains;
}

/** ReLU, or Clip from 0 (as in ReLU6): calibration has seen what Clip lets through, so its upper end needs no node. */
function cutsAtZero(node: Node, { initializers }: Graph): boolean {
	if (node.domain !== '') return false;
	if (node.op === 'Relu') return true;
	const low = node.op === 'Clip' ? initializers.get(node.inputs[1] ?? '') : undefined;
	return low?.data.length === 1 && Number(low.data[0]) === 0;
}

/** An upper bound per channel, as equalization leaves it of a ReLU6. */
function boundsAbove(node: Node, { initializers }: Graph): boolean {
	const bounds = node.op === 'Min' && node.inputs.length === 2 ? initializers.get(node.inputs[1])?.data : undefined;
	return bounds instanceof Float32Array && bounds.every((bound) => bound > 0);
}

function leftInFloat(
	node: Node,
	graph: Graph,
	plan: Omit<Plan, 'inFloat'>,
	keptInFloat: ReadonlySet<string>,
): LeftInFloat[] {
	const { camera, integers, convolutions, products, absorbed, clipped } = plan;
	const touches = [node.inputs[0], resultOf(node, absorbed)].every((name) => integers.has(name));
	const moved = touches && (isMover(node) || isFollower(node) || ['Concat', 'Add', 'Mul'].includes(node.op));
	const interpolates = isMover(node) && !keepsCodes(node);
	const integer = (moved && !interpolates) || convolutions.has(node) || products.has(node);
	// Arithmetic on sizes and on class numbers was never float.
	const type = graph.values.get(node.outputs[0])?.type ?? 'float32';
	if (camera?.nodes.includes(node) || clipped.has(node) || integer || type !== 'float32') return [];
	const why = keptInFloat.has(node.outputs[0])
		? { reason: 'kept in float for accuracy' }
		: touches && interpolates
			? { reason: 'it interpolates in float, which is faster than on integers' }
			: floatReason(node);
	return [{ name: node.name || node.outputs[0], op: node.op, ...why }];
}
