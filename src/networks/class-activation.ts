/**
 * Where a classifier looks: Grad-CAM (Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391), with the gradient that our
 * own `differentiate` emits. It explains models that give a score but no mask.
 */
import { AndonError } from '../base/errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import type { Graph } from '../graph/graph.ts';
import { dropDeadNodes } from '../graph/passes/drop-dead-nodes.ts';
import { lower } from '../graph/passes/lower.ts';

const LOGITS = 'score_logits';

/**
 * Takes a network with `score_logits` [1,K], or the float model that `deploy` made of it, and gives a graph of its input
 * (batch 1) and `explained` float32 [1,K], what to explain of the logits: 1 at a class, 0 elsewhere.
 * Output `heat` float32 [1,h,w], at the size of the last feature map and not scaled: max(0, Σ αₖ Aₖ), αₖ the mean over the
 * map of the explained logit's gradient by channel k.
 *
 * @param options `withLogits` gives out `score_logits` as well
 * @throws MODEL_UNSUPPORTED without `score_logits`, without a feature map, or with operators that have no gradient
 */
export function classActivation(network: Graph, { withLogits = false } = {}): Graph {
	const [input] = network.inputs;
	const g = GraphBuilder.from(network, { [input.name]: [1, ...(input.shape ?? []).slice(1)] });
	const features = g.has(LOGITS) ? lastFeatureMap(g) : undefined;
	if (features === undefined) throw unsupported(g.has(LOGITS));
	const explained = g.input('explained', 'float32', g.shape(LOGITS));
	const target = g.reduceSum(g.mul(LOGITS, explained), [0, 1]);
	const gradient = differentiate(g, target, [features]).get(features)!;
	const importance = g.reduceMean(gradient, [2, 3], 1);
	g.output(g.relu(g.reduceSum(g.mul(features, importance), [1])), 'heat');
	if (withLogits) g.output(LOGITS);
	return dropDeadNodes(lower(g.build()).graph).graph;
}

/** The last value before the logits that still has a height and a width. */
function lastFeatureMap(g: GraphBuilder): string | undefined {
	const wanted = new Set([LOGITS]);
	for (const { inputs, outputs } of [...g.nodes].reverse()) {
		if (!outputs.some((name) => wanted.has(name))) continue;
		const map = outputs.find((name) => wanted.has(name) && isFeatureMap(g, name));
		if (map) return map;
		for (const name of inputs) wanted.add(name);
	}
	return undefined;
}

function isFeatureMap(g: GraphBuilder, name: string): boolean {
	const { shape, type } = g.value(name);
	return type === 'float32' && shape?.length === 4 && Number(shape[2]) > 1 && Number(shape[3]) > 1;
}

function unsupported(hasLogits: boolean): AndonError {
	return new AndonError('MODEL_UNSUPPORTED', {
		expected: 'a network whose score comes from a feature map',
		found: hasLogits ? 'none before its score_logits' : 'no value named score_logits',
		fix: 'Train a network with a score head on convolutions; of a model with a mask, the mask itself is the heat map.',
	});
}
