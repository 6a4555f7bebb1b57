/** Signs of sick gradients, looked for in blocks of steps: medians, so that one hard batch alarms nobody. */
import type { Layer } from './layers.ts';

export const SIGNS = ['vanishing', 'exploding', 'dead', 'stalled'] as const;

export type Sign = (typeof SIGNS)[number];

/** What a block of steps showed. */
export interface Block {
	/** Its last step. */
	readonly step: number;
	readonly steps: number;
	readonly layers: readonly Layer[];
	/** Median norm of each layer's gradient. */
	readonly norms: readonly number[];
	/** Whether a layer's gradient was exactly 0 throughout. */
	readonly silent: readonly boolean[];
	/** L2 norm of each layer's weights at the end. */
	readonly weights: readonly number[];
	/** Medians of the whole gradient's norm and of the loss. */
	readonly total: number;
	readonly loss: number;
}

/** A sign and the figures for its message. */
export type Finding =
	| { readonly kind: 'vanishing'; readonly layers: readonly string[]; readonly of: number; readonly factor: number }
	| {
			readonly kind: 'exploding';
			readonly layer: string;
			/** The gradient's norm, or that of the weights. */
			readonly of: 'gradient' | 'weights';
			readonly norm: number;
			/** Factor since the start; undefined when it was too large from the start. */
			readonly growth?: number;
	  }
	| { readonly kind: 'dead'; readonly layers: readonly string[]; readonly steps: number }
	| { readonly kind: 'stalled'; readonly from: number; readonly to: number };

/**
 * Thresholds. Healthy runs of every preset and network here stay within 0.5–130 for the first layers' gradient against the
 * last ones' (root mean square over weights), and below 0.3 for the gradient's norm against the weights'.
 */
const LIMITS = {
	/** Fewer layers than this cannot vanish. */
	layers: 5,
	/** First layers' gradient against the last ones'. */
	vanishing: 1e-3,
	/** A loss that has fallen below this share of the start's comes from a network that learns, however small its gradients are. */
	learning: 0.5,
	/** Growth of the whole norm since the start, and the least norm against the weights' that is worth a word. */
	growth: 1e3,
	grown: 1,
	/** Norm against the weights' that is too large from the start. */
	excessive: 100,
	/** Growth of the weights' norm since the start. */
	weights: 30,
	/** Steps without any gradient. */
	silent: 10,
	/** The loss has to fall by this share within this share of the run. */
	fall: 0.01,
	patience: 0.2,
	patienceSteps: 200,
} as const;

/**
 * The first and the last layers' gradients are compared by the geometric mean of a fifth of the layers each.
 *
 * @param first the first block of the run
 */
export function vanishing({ layers, norms, silent, loss }: Block, first: Block): Finding | undefined {
	if (layers.length < LIMITS.layers || silent.every(Boolean) || loss < LIMITS.learning * first.loss) return undefined;
	const sizes = norms.map((norm, i) => norm / Math.sqrt(layers[i].size));
	const fifth = Math.ceil(layers.length / 5);
	// Layers in front that underflow to 0 have vanished when those behind them are on their way.
	const audible = silent.indexOf(false);
	const front = geometricMean(sizes.slice(audible, audible + fifth));
	const back = geometricMean(sizes.slice(-fifth));
	if (!(front < LIMITS.vanishing * back) || back === 0) return undefined;
	const starved = layers.filter((_, i) => sizes[i] < LIMITS.vanishing * back).map(({ name }) => name);
	return { kind: 'vanishing', layers: starved, of: layers.length, factor: back / front };
}

export function exploding({ layers, norms, weights, total }: Block, first: Block): Finding | undefined {
	const weight = Math.hypot(...weights);
	const inflated = weight / Math.hypot(...first.weights);
	const largest = (values: readonly number[]) => layers[values.indexOf(Math.max(...values))].name;
	if (inflated > LIMITS.weights)
		return { kind: 'exploding', of: 'weights', layer: largest(weights), norm: weight, growth: inflated };
	const growth = total / first.total;
	const grown = growth > LIMITS.growth && total > LIMITS.grown * weight;
	if (!grown && total < LIMITS.excessive * weight) return undefined;
	return { kind: 'exploding', of: 'gradient', layer: largest(norms), norm: total, ...(grown && { growth }) };
}

/** Layers that heard nothing while others did. */
export function dead({ layers, silent, steps, loss }: Block): Finding | undefined {
	const names = layers.filter((_, i) => silent[i]).map(({ name }) => name);
	if (steps < LIMITS.silent || names.length === 0 || loss === 0) return undefined;
	return { kind: 'dead', layers: names, steps };
}

/** @param steps of the whole run */
export function stalled({ step, loss }: Block, first: Block, steps: number): Finding | undefined {
	if (step < Math.max(LIMITS.patienceSteps, LIMITS.patience * steps) || first.loss <= 0) return undefined;
	return loss > (1 - LIMITS.fall) * first.loss ? { kind: 'stalled', from: first.loss, to: loss } : undefined;
}

function geometricMean(values: readonly number[]): number {
	return Math.exp(values.reduce((sum, value) => sum + Math.log(Math.max(value, 1e-45)), 0) / values.length);
}
