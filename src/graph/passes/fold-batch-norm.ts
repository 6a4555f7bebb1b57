/** Folds batch normalisation into the convolution before it: W' = W·γ/√(σ²+ε), b' = β + (b−μ)·γ/√(σ²+ε). */
import { floatOf, intOf } from '../attributes.ts';
import { float32, type Graph, type Node, sizeOf, type Tensor } from '../graph.ts';
import { linksOf } from '../links.ts';
import { dropDeadNodes } from './drop-dead-nodes.ts';

/** Folds where the statistics are constants and nothing else reads the convolution's own output; others stay. */
export function foldBatchNorm(graph: Graph): { graph: Graph; modified: boolean } {
	const links = linksOf(graph);
	const initializers = new Map(graph.initializers);
	/** The folded convolution, or nothing, in place of each node that was touched. */
	const replaced = new Map<Node, Node | undefined>();
	for (const norm of graph.nodes) {
		const convolution = links.producer(norm.inputs[0]);
		if (!convolution || !isFoldable(norm, convolution, graph) || links.onlyConsumer(norm.inputs[0]) !== norm) continue;
		const parameters = convolution.inputs.slice(1).map((name) => initializers.get(name)!);
		const folded = fold(convolution, parameters, norm, initializers);
		const name = `${convolution.inputs[1]}/folded`;
		const names = [unused(name, initializers), unused(`${name}-bias`, initializers)];
		for (const [i, tensor] of folded.entries()) initializers.set(names[i], tensor);
		replaced.set(convolution, {
			...convolution,
			inputs: [convolution.inputs[0], ...names],
			outputs: [norm.outputs[0]],
		});
		replaced.set(norm, undefined);
	}
	if (replaced.size === 0) return { graph, modified: false };
	const nodes = graph.nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : node));
	return { graph: dropDeadNodes({ ...graph, nodes, initializers }).graph, modified: true };
}

function isFoldable(norm: Node, convolution: Node, { initializers }: Graph): boolean {
	const constant = (name: string) => name !== '' && initializers.get(name)?.type === 'float32';
	return (
		norm.op === 'BatchNormalization' &&
		norm.domain === '' &&
		intOf(norm, 'training_mode', 0) === 0 &&
		norm.inputs.slice(1).every(constant) &&
		(convolution.op === 'Conv' || convolution.op === 'ConvTranspose') &&
		convolution.domain === '' &&
		convolution.inputs.slice(1).every(constant)
	);
}

/** Weight and bias in float64, stored as float32. */
function fold(
	convolution: Node,
	[weight, bias]: readonly Tensor[],
	norm: Node,
	initializers: ReadonlyMap<string, Tensor>,
): readonly Tensor[] {
	const [gamma, beta, mean, variance] = norm.inputs
		.slice(1)
		.map((name) => initializers.get(name)!.data as Float32Array);
	const epsilon = floatOf(norm, 'epsilon', 1e-5);
	const factor = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c] + epsilon));
	const channelAt = outputChannels(convolution, weight);
	const scaled = (weight.data as Float32Array).map((w, i) => w * factor[channelAt(i)]);
	const before = bias?.data as Float32Array | undefined;
	const shifted = Float32Array.from(factor, (f, c) => beta[c] + ((before?.[c] ?? 0) - mean[c]) * f);
	return [float32(weight.dims, scaled), float32([factor.length], shifted)];
}

/** The output channel of a weight by its flat index: axis 0 of Conv; group and axis 1 of ConvTranspose. */
function outputChannels(convolution: Node, { dims }: Tensor): (index: number) => number {
	if (convolution.op === 'Conv') {
		const stride = sizeOf(dims.slice(1));
		return (i) => Math.floor(i / stride);
	}
	const [inputs, perGroup] = dims;
	const area = sizeOf(dims.slice(2));
	const inputsPerGroup = inputs / intOf(convolution, 'group', 1);
	return (i) => {
		const group = Math.floor(i / (area * perGroup * inputsPerGroup));
		return group * perGroup + (Math.floor(i / area) % perGroup);
	};
}

function unused(name: string, initializers: ReadonlyMap<string, Tensor>): string {
	let candidate = name;
	for (let i = 2; initializers.has(candidate); i++) candidate = `${name}-${i}`;
	return candidate;
}
