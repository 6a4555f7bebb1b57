/** What an architecture gives: feature maps, for whatever heads are asked for. */
import type { LayerContext } from './layers.ts';

/** A feature map. */
export interface Stage {
	/** Name of the value, [N, C, h, w]. */
	readonly value: string;
	/** Input pixels between neighbouring positions. */
	readonly stride: number;
}

export interface Features {
	/** Feature maps from the finest to the deepest, each stride once: skips for a mask, and what heads read. */
	readonly stages: readonly [Stage, ...Stage[]];
	/** How a mask is made from them; without it as `DEFAULT_DECODER` says. */
	readonly decoder?: DecoderOptions;
}

export interface DecoderOptions {
	/** Filters by level, 0 being the finest stage. */
	readonly filters: (level: number) => number;
	/**
	 * How a level gets the size of the next: a 1×1 convolution and repeated pixels (fast in int8), a learnt 2×2 transposed
	 * convolution, or a 3×3 transposed convolution with batch normalisation and ReLU.
	 */
	readonly up: 'nearest' | 'transposed' | 'transposed-norm';
	/** 3×3 convolutions after each skip joins. */
	readonly convolutions: number;
	/** The logits: a 1×1 convolution (and depth to space), or one more transposed convolution. */
	readonly last: 'convolution' | 'transposed';
}

export const DEFAULT_DECODER: DecoderOptions = {
	filters: (level) => Math.min(16 << level, 128),
	up: 'nearest',
	convolutions: 2,
	last: 'convolution',
};

/** Adds an architecture's layers behind `x` [N, C, H, W]. */
export type Backbone<O> = (context: LayerContext, x: string, options: O) => Features;

/** The stages that matter: of feature maps with the same stride the deepest. */
export function stagesOf(all: readonly Stage[]): Features['stages'] {
	const [first, ...rest] = all.filter(({ stride }, i) => all[i + 1]?.stride !== stride);
	return [first, ...rest];
}
