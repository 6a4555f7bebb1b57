/** Wraps a network for a station: raw camera bytes in, probabilities out, everything between inside the graph. */
import { AndonError } from '../base/errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { float32, type Graph } from '../graph/graph.ts';
import { removeDropout } from '../graph/passes/remove-dropout.ts';

/**
 * What a part's score is made of: the score head's probability; the highest probability of the mask after a 5×5 mean (which
 * a single noisy pixel cannot raise); the geometric mean of both, which is high only when they agree; the area n of the
 * mask as n / (n + 25), n the number of pixels above 0.5, each counted by p⁴ / (p⁴ + (1 − p)⁴) so that no two parts tie;
 * or what was learned of them (`metrics/part-score/learned-score.ts`).
 */
export const SCORES = ['head', 'peak', 'agreement', 'area', 'learned'] as const;

export type ScoreKind = (typeof SCORES)[number];

/**
 * How one kind of defect prevails in the mask of a part, right where parts have one kind each, since a large faint region
 * of another kind is then suppressed: `head` weighs each class by the score head's probability of it, in proportion to the
 * likeliest; `peak` keeps only the class whose mask peaks highest (after a 5×5 mean); `both` the one with the highest
 * product of that peak and the head's probability.
 */
export const CLASS_GATES = ['none', 'head', 'peak', 'both'] as const;

export type ClassGate = (typeof CLASS_GATES)[number];

/** As it is fitted in `metrics/part-score/learned-score.ts`. */
interface LearnedScore {
	readonly bias: number;
	readonly weights: Readonly<Record<string, number>>;
	/** Scores are kept this far from 0 and 1. */
	readonly edge: number;
}

export interface DeployOptions {
	/** What the score is made of; networks without a mask (or a head) have only the other one. */
	readonly score?: ScoreKind;
	/** Of a learned score: sigmoid(bias + Σ weight · logit(score)), by kind. */
	readonly learnedScore?: LearnedScore;
	/** Added to the logit of every pixel, so that probability 0.5 is the best cut (see `metrics/mask-shift.ts`). */
	readonly maskShift?: number;
	readonly classGate?: ClassGate;
}

/**
 * A network with input `x` [N,C,H,W] in [0,1] and logits out becomes: `image` uint8 [1,H,W,C] → `score` float32 [1]
 * in [0,1] and, when it has a mask, `mask` float32 [1,H,W]. Of a softmax head, whose class 0 is the sound one, score and
 * mask are 1 − p₀; `class_scores` float32 [K] and `labels` uint8 [1,H,W] (the likeliest class of each pixel) come beside them.
 *
 * @throws CONFIG_INVALID when the options ask for a head that the network does not have
 */
export function deploy(network: Graph, options: DeployOptions = {}): Graph {
	const { score = scoresOf(network)[0], learnedScore, maskShift = 0, classGate = 'none' } = options;
	const [channels, height, width] = network.inputs[0].shape!.slice(1) as readonly number[];
	const g = new GraphBuilder(network.name);
	const image = g.input('image', 'uint8', [1, height, width, channels]);
	g.within('camera', () => {
		const planes = channels === 1 ? g.reshape(image, [1, 1, height, width]) : g.transpose(image, [0, 3, 1, 2]);
		g.op('Mul', [g.op('Cast', [planes], { to: 1 }), g.scalar(1 / 255)], {}, { names: [network.inputs[0].name] });
	});
	const { initializers, nodes } = removeDropout(network).graph;
	for (const [name, tensor] of initializers) g.constant(tensor, name);
	for (const node of nodes) g.append(node);
	g.within('output', () => {
		const head = g.has('score_logits') ? defectOf(g, 'score_logits') : undefined;
		const open = g.has('mask_logits') ? defectOf(g, 'mask_logits', maskShift) : undefined;
		const mask = open && classGate !== 'none' ? gated(g, open, classGate, head) : open;
		g.output(g.reshape(scoreOf(g, score, { mask: mask?.open, head: head?.open, learnedScore }), [1]), 'score');
		if (mask) g.output(g.reshape(mask.probability, [1, height, width]), 'mask');
		if (head?.classes) g.output(g.reshape(head.classes, [-1]), 'class_scores');
		if (mask?.classes)
			g.output(g.op('Cast', [g.op('ArgMax', [mask.classes], { axis: 1, keepdims: 0 })], { to: 2 }), 'labels');
	});
	return g.build();
}

/** The scores that the heads of a network allow, the usual one first; a learned one is made of them. */
export function scoresOf({
	outputs,
}: Graph): readonly [Exclude<ScoreKind, 'learned'>, ...Exclude<ScoreKind, 'learned'>[]] {
	const has = (name: string) => outputs.some((output) => output.name === name);
	if (!has('score_logits')) return ['peak', 'area'];
	return has('mask_logits') ? ['agreement', 'head', 'peak', 'area'] : ['head'];
}

/** The probability of any defect, [N, 1, …], and of a softmax head that of every class, [N, K, …]. */
interface DefectProbability {
	readonly probability: string;
	/** The same before the gate: what scores are made of, since a doubtful class is a defect all the same. */
	readonly open: string;
	readonly classes?: string;
}

function defectOf(g: GraphBuilder, logits: string, shift = 0): DefectProbability {
	const [, classes, ...spatial] = g.shape(logits);
	if (classes === 1) {
		const probability = g.sigmoid(shift === 0 ? logits : g.add(logits, g.scalar(shift)));
		return { probability, open: probability };
	}
	// Taking the shift from the background's logit adds it to the logit of "any defect".
	const lowered = float32([1, classes, ...spatial.map(() => 1)], [-shift, ...new Array(classes - 1).fill(0)]);
	const shifted = shift === 0 ? logits : g.add(logits, g.constant(lowered));
	const every = spatial.length > 0 ? softmaxOfMaps(g, shifted) : g.op('Softmax', [shifted], { axis: 1 });
	const open = g.sub(g.scalar(1), g.slice(every, [1], [0], [1]));
	return { probability: open, open, classes: every };
}

/** Softmax over the channels of a map, step by step: ONNX Runtime's own works along the last axis and takes three times as long. */
function softmaxOfMaps(g: GraphBuilder, logits: string): string {
	const channels = g.ints([1]);
	const powers = g.op('Exp', [g.sub(logits, g.op('ReduceMax', [logits, channels], { keepdims: 1 }))]);
	return g.div(powers, g.reduceSum(powers, [1], 1));
}

/** What the gate takes from the defect classes goes to the background. */
function gated(
	g: GraphBuilder,
	{ open, classes }: DefectProbability,
	gate: Exclude<ClassGate, 'none'>,
	head: DefectProbability | undefined,
): DefectProbability {
	if (classes === undefined) throw lacks('class gate', 'a softmax mask head');
	const defects = defectClasses(g, classes);
	const weighed = g.mul(defects, gateOf(g, gate, defects, head));
	const probability = g.reduceSum(weighed, [1], 1);
	return { probability, open, classes: g.concat([g.sub(g.scalar(1), probability), weighed], 1) };
}

/** The factor of each defect class, [1, K − 1, 1, 1]. */
function gateOf(
	g: GraphBuilder,
	gate: Exclude<ClassGate, 'none'>,
	defects: string,
	head: DefectProbability | undefined,
): string {
	if (gate !== 'peak' && head?.classes === undefined) throw lacks(`class gate by ${gate}`, 'a softmax score head');
	const count = g.shape(defects)[1];
	const seen = head?.classes && g.reshape(defectClasses(g, head.classes), [1, count, 1, 1]);
	const likeliest = (x: string) => g.op('ReduceMax', [x, g.ints([1])], { keepdims: 1 });
	if (gate === 'head') return g.div(seen!, likeliest(seen!));
	const peaks = peaksOf(g, defects);
	const rank = gate === 'peak' ? peaks : g.mul(peaks, seen!);
	return g.op('Cast', [g.op('GreaterOrEqual', [rank, likeliest(rank)])], { to: 1 });
}

/** All classes but the sound one. */
function defectClasses(g: GraphBuilder, classes: string): string {
	return g.slice(classes, [1], [1], [g.shape(classes)[1]]);
}

interface ScoreSources {
	readonly mask?: string;
	readonly head?: string;
	readonly learnedScore?: LearnedScore;
}

/** The score, [1, 1]. */
function scoreOf(g: GraphBuilder, kind: ScoreKind, sources: ScoreSources): string {
	const { mask, head, learnedScore } = sources;
	if (kind === 'learned') return learnedOf(g, learnedScore, (part) => scoreOf(g, part, sources));
	if ((kind === 'head' || kind === 'agreement') && head === undefined) throw lacks(`score by ${kind}`, 'a score head');
	if (kind === 'head') return head!;
	if (mask === undefined) throw lacks(`score by ${kind}`, 'a mask head');
	if (kind === 'area') return areaOf(g, mask);
	const peak = g.reshape(peaksOf(g, mask), [1, 1]);
	return kind === 'peak' ? peak : g.op('Sqrt', [g.mul(peak, head!)]);
}

/** Half of the score, in pixels: the area over which the peak is a mean. */
const HALF_AREA = 25;

function areaOf(g: GraphBuilder, mask: string): string {
	const fourth = (x: string) => g.mul(g.mul(x, x), g.mul(x, x));
	const [marked, unmarked] = [fourth(mask), fourth(g.sub(g.scalar(1), mask))];
	const area = g.reshape(g.reduceSum(g.div(marked, g.add(marked, unmarked)), [1, 2, 3], 1), [1, 1]);
	return g.div(area, g.add(area, g.scalar(HALF_AREA)));
}

function learnedOf(g: GraphBuilder, learned: LearnedScore | undefined, scoreBy: (kind: ScoreKind) => string): string {
	if (!learned) throw new TypeError('a learned score needs its weights');
	const terms = Object.entries(learned.weights).map(([kind, weight]) => {
		const kept = g.op('Min', [
			g.op('Max', [scoreBy(kind as ScoreKind), g.scalar(learned.edge)]),
			g.scalar(1 - learned.edge),
		]);
		return g.mul(g.op('Log', [g.div(kept, g.sub(g.scalar(1), kept))]), g.scalar(weight));
	});
	return g.sigmoid(terms.reduce((sum, term) => g.add(sum, term), g.scalar(learned.bias)));
}

function lacks(what: string, head: string): AndonError {
	return new AndonError('CONFIG_INVALID', {
		expected: `a network with ${head} for a ${what}`,
		found: 'a network without it',
		fix: 'Choose another setting, or give the network that head.',
	});
}

/** The highest value of each channel after a 5×5 mean, [1, K, 1, 1]: sums of five neighbours along the height, then along
 * the width, in a fraction of a pooling's time. */
function peaksOf(g: GraphBuilder, maps: string): string {
	const shape = g.shape(maps);
	const sumAlong = (x: string, axis: number) =>
		g.op(
			'Sum',
			[0, 1, 2, 3, 4].map((shift) => g.slice(x, [axis], [shift], [shift + shape[axis]])),
		);
	const padded = g.pad(maps, [0, 0, 2, 2, 0, 0, 2, 2]);
	const peak = g.op('ReduceMax', [sumAlong(sumAlong(padded, 2), 3), g.ints([2, 3])], { keepdims: 1 });
	return g.mul(peak, g.scalar(1 / 25));
}
