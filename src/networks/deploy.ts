/** Wraps a network for a station: raw camera bytes in, probabilities out, everything between inside the graph. */
import { AndonError } from '../base/errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';

/** What a part's score is made of: the score head's probability, the highest probability of the mask after a 5×5 mean
 * (which a single noisy pixel cannot raise), or the geometric mean of both, which is high only when they agree. */
export const SCORES = ['head', 'peak', 'agreement'] as const;

export type ScoreKind = (typeof SCORES)[number];

/**
 * A network with input `x` [N,C,H,W] in [0,1] and logits out becomes: `image` uint8 [1,H,W,C] → `score` float32 [1]
 * in [0,1] and, when it has a mask, `mask` float32 [1,H,W]. Of a softmax head, whose class 0 is the sound one, score and
 * mask are 1 − p₀; `class_scores` float32 [K] and `labels` uint8 [1,H,W] (the likeliest class of each pixel) come beside them.
 *
 * @param score what the score is made of; networks without a mask (or a head) have only the other one
 */
export function deploy(network: Graph, score: ScoreKind = defaultScore(network)): Graph {
	const [channels, height, width] = network.inputs[0].shape!.slice(1) as readonly number[];
	const g = new GraphBuilder(network.name);
	const image = g.input('image', 'uint8', [1, height, width, channels]);
	g.within('input', () => {
		const planes = channels === 1 ? g.reshape(image, [1, 1, height, width]) : g.transpose(image, [0, 3, 1, 2]);
		g.op('Mul', [g.op('Cast', [planes], { to: 1 }), g.scalar(1 / 255)], {}, { names: [network.inputs[0].name] });
	});
	for (const [name, tensor] of network.initializers) g.constant(tensor, name);
	for (const node of network.nodes) g.append(node);
	g.within('output', () => {
		const mask = g.has('mask_logits') ? defectOf(g, 'mask_logits') : undefined;
		const head = g.has('score_logits') ? defectOf(g, 'score_logits') : undefined;
		g.output(g.reshape(scoreOf(g, score, mask?.probability, head?.probability), [1]), 'score');
		if (mask) g.output(g.reshape(mask.probability, [1, height, width]), 'mask');
		if (head?.classes) g.output(g.reshape(head.classes, [-1]), 'class_scores');
		if (mask?.classes)
			g.output(g.op('Cast', [g.op('ArgMax', [mask.classes], { axis: 1, keepdims: 0 })], { to: 2 }), 'labels');
	});
	return g.build();
}

/** Both where there are both. */
function defaultScore(network: Graph): ScoreKind {
	const outputs = network.outputs.map((output) => output.name);
	if (!outputs.includes('score_logits')) return 'peak';
	return outputs.includes('mask_logits') ? 'agreement' : 'head';
}

/** The probability of any defect, [N, 1, …], and of a softmax head that of every class, [N, K, …]. */
function defectOf(g: GraphBuilder, logits: string): { readonly probability: string; readonly classes?: string } {
	if (g.shape(logits)[1] === 1) return { probability: g.sigmoid(logits) };
	const classes = g.op('Softmax', [logits], { axis: 1 });
	return { probability: g.sub(g.scalar(1), g.slice(classes, [1], [0], [1])), classes };
}

function scoreOf(g: GraphBuilder, kind: ScoreKind, mask: string | undefined, head: string | undefined): string {
	if (kind !== 'peak' && head === undefined) throw lacks(kind, 'a score head');
	if (kind === 'head') return head!;
	if (mask === undefined) throw lacks(kind, 'a mask head');
	const peak = g.reshape(peakOf(g, mask), [1, 1]);
	return kind === 'peak' ? peak : g.op('Sqrt', [g.mul(peak, head!)]);
}

function lacks(kind: ScoreKind, head: string): AndonError {
	return new AndonError('CONFIG_INVALID', {
		expected: `a network with ${head} for a score by ${kind}`,
		found: 'a network without it',
		fix: 'Choose another `score`, or give the network that head.',
	});
}

/** Sums of five neighbours along the height, then along the width: the 5×5 mean in a fraction of a pooling's time. */
function peakOf(g: GraphBuilder, mask: string): string {
	const shape = g.shape(mask);
	const sumAlong = (x: string, axis: number) =>
		g.op(
			'Sum',
			[0, 1, 2, 3, 4].map((shift) => g.slice(x, [axis], [shift], [shift + shape[axis]])),
		);
	const padded = g.pad(mask, [0, 0, 2, 2, 0, 0, 2, 2]);
	const peak = g.op('ReduceMax', [sumAlong(sumAlong(padded, 2), 3), g.ints([1, 2, 3])], { keepdims: 0 });
	return g.mul(peak, g.scalar(1 / 25));
}
