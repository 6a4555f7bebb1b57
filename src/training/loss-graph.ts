/** The forward half of a training step: the network as it trains, and its losses. */
import { floatOf } from '../graph/attributes.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { float32, type Graph, type Node } from '../graph/graph.ts';
import { batchNormalizationTraining } from '../graph/ops/batch-normalization.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import { addDropout } from './dropout.ts';
import type { LossInputs } from './losses/loss.ts';
import type { ParameterLayout } from './parameters.ts';

/** A loss on one of the network's outputs. */
export interface LossTerm {
	/** Its name in the step's results, such as `mask.dice`. */
	readonly name: string;
	/** The network's output that it judges. */
	readonly output: 'mask_logits' | 'score_logits';
	readonly weight: number;
	readonly build: (g: GraphBuilder, inputs: LossInputs) => string;
}

export interface LossOptions {
	/** A network with input `x` and outputs `mask_logits` and/or `score_logits`. */
	readonly network: Graph;
	readonly layout: ParameterLayout;
	readonly batch: number;
	readonly losses: readonly LossTerm[];
}

/** Names of values in the graph. */
interface Forward {
	readonly loss: string;
	/** The batch's mean and unbiased variance by the name of the running statistic. */
	readonly statistics: ReadonlyMap<string, string>;
}

/**
 * Adds network and losses to a graph that has the learnt parameters already, under their own names. Adds the inputs `x`
 * [N,C,H,W], `mask` [N,1,H,W] and `label` [N,1] in class indices (where a loss needs them), `dropout/<value>` (see
 * `dropoutMasks`), and one output `loss/<name>` per term.
 */
export function addLoss(g: GraphBuilder, options: LossOptions): Forward {
	const { network, layout, batch } = options;
	const x = network.inputs[0];
	g.input(x.name, 'float32', [batch, ...(x.shape ?? []).slice(1)]);
	const statistics = replayForward(g, network, layout);
	return { loss: addLosses(g, options), statistics };
}

/**
 * The forward half by itself, for whoever differentiates it in another way. Inputs: those of {@link addLoss} and every
 * learnt parameter. Outputs: `loss`, `loss/<name>` per term and `batch/<name>` per running statistic.
 */
export function lossGraph(options: LossOptions): Graph {
	const g = new GraphBuilder('training-loss');
	for (const { name, dims } of options.layout.trainable) g.input(name, 'float32', dims);
	const { loss, statistics } = addLoss(g, options);
	g.output(loss, 'loss');
	for (const { name } of options.layout.running) g.output(statistics.get(name)!, `batch/${name}`);
	return dropDeadNodes(g.build()).graph;
}

/** Adds the network with batch statistics where a normalisation trains; returns the batch's statistics by slot name. */
function replayForward(g: GraphBuilder, network: Graph, layout: ParameterLayout): Map<string, string> {
	const learnt = new Set(layout.trainable.map((slot) => slot.name));
	const statistics = new Map<string, string>();
	for (const [name, tensor] of network.initializers) if (!learnt.has(name)) g.constant(tensor, name);
	for (const node of network.nodes) {
		if (node.op === 'Dropout') addDropout(g, node);
		else if (node.op !== 'BatchNormalization' || !learnt.has(node.inputs[1])) g.append(node);
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

function addLosses(g: GraphBuilder, { losses }: LossOptions): string {
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
