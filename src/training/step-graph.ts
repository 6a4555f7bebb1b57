/** One training step as one graph of standard operators: forward, losses, backward, clipping, optimizer. */
import { floatOf } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import { float32, type Graph, type Node } from '../graph/graph.ts';
import { batchNormalizationTraining } from '../graph/ops/batch-normalization.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import { lower } from '../graph/passes/lower.ts';
import type { LossInputs } from './losses/loss.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import type { ParameterLayout, Slot } from './parameters.ts';

/** A loss on one of the network's outputs. */
export interface LossTerm {
	/** Its name in the step's results, such as `mask.dice`. */
	readonly name: string;
	/** The network's output that it judges. */
	readonly output: 'mask_logits' | 'score_logits';
	readonly weight: number;
	readonly build: (g: GraphBuilder, inputs: LossInputs) => string;
}

export interface StepOptions {
	/** A network with input `x` and outputs `mask_logits` and/or `score_logits`. */
	readonly network: Graph;
	readonly layout: ParameterLayout;
	readonly batch: number;
	readonly losses: readonly LossTerm[];
	readonly optimizer: Optimizer;
	/** Largest global L2 norm of the gradient; 0 turns clipping off. */
	readonly clipNorm: number;
	/** Share of the batch in the running statistics of normalisations. */
	readonly momentum: number;
}

/**
 * Inputs: `x` [N,C,H,W], `mask` [N,1,H,W] and `label` [N,1] in class indices (where a loss needs them), `weights` [P], `running` [R],
 * `state0…` [P], `scalar0…` []. Outputs: `next_weights`, `next_running`, `next_state0…`, `loss`, one `loss/<name>` per
 * term, `gradient_norm` [] before clipping, and `gradient_norms`, the norm of each parameter's gradient in layout order.
 */
export function stepGraph(options: StepOptions): Graph {
	const { network, layout } = options;
	const g = new GraphBuilder('training-step');
	const x = network.inputs[0];
	g.input(x.name, 'float32', [options.batch, ...(x.shape ?? []).slice(1)]);
	const weights = g.input('weights', 'float32', [layout.trainableSize]);
	unpack(g, weights, layout.trainable);
	const statistics = replayForward(g, network, layout);
	const loss = addLosses(g, options);
	const gradients = differentiate(
		g,
		loss,
		layout.trainable.map((slot) => slot.name),
	);
	const flat = g.within('step', () => updateWeights(g, options, gradients));
	if (layout.running.length > 0) g.within('step', () => updateRunning(g, options, statistics));
	g.output(loss, 'loss');
	g.output(flat.norm, 'gradient_norm');
	g.output(flat.norms, 'gradient_norms');
	return dropDeadNodes(lower(g.build()).graph).graph;
}

/** Splits the flat vector into the network's parameters, under their own names. */
function unpack(g: GraphBuilder, flat: string, slots: readonly Slot[]): void {
	g.within('unpack', () => {
		const parts =
			slots.length === 1
				? [flat]
				: g.ops('Split', [flat, g.ints(slots.map((slot) => slot.size))], { axis: 0 }, { outputs: slots.length });
		for (const [i, slot] of slots.entries()) g.op('Reshape', [parts[i], g.ints(slot.dims)], {}, { names: [slot.name] });
	});
}

/** Adds the network with batch statistics where a normalisation trains; returns the batch's statistics by slot name. */
function replayForward(g: GraphBuilder, network: Graph, layout: ParameterLayout): Map<string, string> {
	const learnt = new Set(layout.trainable.map((slot) => slot.name));
	const statistics = new Map<string, string>();
	for (const [name, tensor] of network.initializers) if (!learnt.has(name)) g.constant(tensor, name);
	for (const node of network.nodes) {
		if (node.op !== 'BatchNormalization' || !learnt.has(node.inputs[1])) g.append(node);
		else trainNormalization(g, node, statistics);
	}
	return statistics;
}

function trainNormalization(g: GraphBuilder, node: Node, statistics: Map<string, string>): void {
	const [x, scale, bias, mean, variance] = node.inputs;
	const epsilon = floatOf(node, 'epsilon', 1e-5);
	const [y, batchMean, batchVariance] = batchNormalizationTraining(g, x, scale, bias, epsilon);
	g.op('Identity', [y], {}, { names: [node.outputs[0]] });
	const [n, , ...spatial] = g.shape(x);
	const count = n * spatial.reduce((a, b) => a * b, 1);
	statistics.set(mean, batchMean);
	statistics.set(variance, g.mul(batchVariance, g.scalar(count / Math.max(1, count - 1))));
}

function addLosses(g: GraphBuilder, { losses }: StepOptions): string {
	const heads = new Map([...new Set(losses.map((term) => term.output))].map((head) => [head, judged(g, head)]));
	const terms = losses.map((term) => {
		const value = term.build(g, heads.get(term.output)!);
		g.output(value, `loss/${term.name}`);
		return g.mul(value, g.scalar(term.weight));
	});
	return terms.length === 1 ? terms[0] : g.op('Sum', terms);
}

/** Adds the truth of a head as an input, in class indices, and what losses need of the two. */
function judged(g: GraphBuilder, logits: LossTerm['output']): LossInputs {
	const [batch, classes, ...spatial] = g.shape(logits);
	const indices = g.input(logits === 'mask_logits' ? 'mask' : 'label', 'float32', [batch, 1, ...spatial]);
	if (classes === 1) {
		const target = g.op('Min', [indices, g.scalar(1)]);
		return { logits, target, activation: 'sigmoid', probabilities: g.sigmoid(logits) };
	}
	const every = float32(
		[1, classes, ...spatial.map(() => 1)],
		Float32Array.from({ length: classes }, (_, i) => i),
	);
	const target = g.op('Cast', [g.op('Equal', [indices, g.constant(every)])], { to: 1 });
	return { logits, target, activation: 'softmax', probabilities: g.op('Softmax', [logits], { axis: 1 }) };
}

function updateWeights(g: GraphBuilder, options: StepOptions, gradients: ReadonlyMap<string, string>) {
	const { layout, optimizer, clipNorm } = options;
	const parts = layout.trainable.map(({ name, size }) => {
		const gradient = gradients.get(name);
		return gradient ? g.reshape(gradient, [size]) : g.constant(float32([size], new Float32Array(size)));
	});
	const gradient = parts.length === 1 ? parts[0] : g.concat(parts, 0);
	const squares = parts.map((part) => g.op('ReduceSumSquare', [part], { keepdims: 1 }));
	const norms = g.op('Sqrt', [squares.length === 1 ? squares[0] : g.concat(squares, 0)]);
	const norm = g.op('ReduceL2', [gradient], { keepdims: 0 });
	const update = optimizer.update(g, {
		weights: 'weights',
		gradient: clipNorm > 0 ? g.mul(gradient, clipFactor(g, norm, clipNorm)) : gradient,
		state: Array.from({ length: optimizer.state }, (_, i) => g.input(`state${i}`, 'float32', [layout.trainableSize])),
		scalars: optimizer.scalars(1, 0).map((_, i) => g.input(`scalar${i}`, 'float32', [])),
		decayed: g.constant(float32([layout.trainableSize], decayMask(layout))),
	});
	g.output(update.weights, 'next_weights');
	for (const [i, name] of update.state.entries()) g.output(name, `next_state${i}`);
	return { norm, norms };
}

/** min(1, limit / norm). */
function clipFactor(g: GraphBuilder, norm: string, limit: number): string {
	return g.op('Min', [g.scalar(1), g.div(g.scalar(limit), g.add(norm, g.scalar(1e-6)))]);
}

/** Weight decay acts on weights of rank 2 and more, not on biases and normalisations. */
function decayMask(layout: ParameterLayout): Float32Array {
	const mask = new Float32Array(layout.trainableSize);
	for (const { dims, offset, size } of layout.trainable) if (dims.length > 1) mask.fill(1, offset, offset + size);
	return mask;
}

/** running ← running + momentum · (batch − running). */
function updateRunning(
	g: GraphBuilder,
	{ layout, momentum }: StepOptions,
	statistics: ReadonlyMap<string, string>,
): void {
	const running = g.input('running', 'float32', [layout.runningSize]);
	const batch = g.concat(
		layout.running.map((slot) => statistics.get(slot.name)!),
		0,
	);
	g.output(g.add(running, g.mul(g.sub(batch, running), g.scalar(momentum))), 'next_running');
}
