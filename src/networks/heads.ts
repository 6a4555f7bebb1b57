/** The heads that any backbone can have: a score of the whole image, a mask, both, or neither. */
import { z } from 'zod';
import type { Features } from './backbone.ts';
import { decodeMask } from './decoder.ts';
import { dense, dropout, type LayerContext } from './layers.ts';

/** What a head's logits mean: one probability of a defect, or one probability a class that add up to 1. */
export const ACTIVATIONS = ['none', 'sigmoid', 'softmax'] as const;

const POOLINGS = ['average', 'max', 'both', 'flatten'] as const;

export interface HeadDefaults {
	readonly score?: (typeof ACTIVATIONS)[number];
	readonly mask?: (typeof ACTIVATIONS)[number];
	readonly hidden?: readonly number[];
	readonly headPooling?: (typeof POOLINGS)[number];
}

/** The options of the heads, with an architecture's own defaults. */
export function headOptions({ score = 'sigmoid', mask = 'none', hidden = [], headPooling = 'average' }: HeadDefaults) {
	const units = z.int().min(1);
	return {
		/** The head that scores the whole image. */
		score: z.enum(ACTIVATIONS).default(score),
		/** The head that marks every pixel. */
		mask: z.enum(ACTIVATIONS).default(mask),
		/** Classes of softmax heads, the sound one (class 0) included. */
		classes: z.int().min(2).default(2),
		/** Units of the score head's hidden dense layers: one number, or one a layer. */
		hidden: z.union([units, z.array(units)]).default([...hidden]),
		/** How the deepest features become a vector: mean or strongest response of each, both, or every position. */
		headPooling: z.enum(POOLINGS).default(headPooling),
		/** Share of the score head's values that training drops in front of each dense layer. */
		dropout: z.number().min(0).lt(1).default(0),
	};
}

/** Whether a parameter belongs to a head, the mask's decoder included, and so is never another network's. */
export function isHeadParameter(name: string): boolean {
	return /^(score|mask|up\d+)\//.test(name);
}

export type HeadOptions = z.infer<z.ZodObject<ReturnType<typeof headOptions>>> & {
	readonly width: number;
	readonly height: number;
};

/**
 * Adds the outputs: `mask_logits` [N, 1 or classes, H, W] and `score_logits` [N, 1 or classes] as the options ask; with
 * neither, `features` [N, C, h, w].
 */
export function addHeads(context: LayerContext, features: Features, options: HeadOptions): void {
	const { g } = context;
	const { score, mask, classes, height, width } = options;
	const deepest = features.stages.at(-1)!.value;
	if (mask !== 'none') {
		const outputs = mask === 'sigmoid' ? 1 : classes;
		g.output(decodeMask(context, features, { height, width, outputs, bias: rareDefects(outputs) }), 'mask_logits');
	}
	if (score !== 'none') {
		const outputs = score === 'sigmoid' ? 1 : classes;
		g.output(
			g.within('score', () => scoreHead(context, deepest, outputs, options)),
			'score_logits',
		);
	}
	if (mask === 'none' && score === 'none') g.output(deepest, 'features');
}

/** Biases that start the mask at a probability of 0.05 for all defects together. */
function rareDefects(outputs: number): (channel: number) => number {
	if (outputs === 1) return () => -3;
	return (channel) => (channel === 0 ? 3 + Math.log(outputs - 1) : 0);
}

function scoreHead(context: LayerContext, x: string, outputs: number, options: HeadOptions): string {
	const { g } = context;
	const units = typeof options.hidden === 'number' ? [options.hidden] : options.hidden;
	let features = pooled(context, x, options.headPooling);
	for (const [i, count] of units.entries())
		features = g.relu(
			dense(context, dropout(context, features, options.dropout), i === 0 ? 'hidden' : `hidden${i + 1}`, count),
		);
	return dense(context, dropout(context, features, options.dropout), 'logit', outputs);
}

function pooled({ g }: LayerContext, x: string, pooling: HeadOptions['headPooling']): string {
	const flat = (value: string) => g.op('Flatten', [value], { axis: 1 });
	if (pooling === 'flatten') return flat(x);
	if (pooling === 'average') return flat(g.op('GlobalAveragePool', [x]));
	const strongest = g.op('GlobalMaxPool', [x]);
	return flat(pooling === 'max' ? strongest : g.concat([strongest, g.op('GlobalAveragePool', [x])], 1));
}
