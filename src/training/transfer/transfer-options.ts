/** The settings of transfer: whose weights a run starts from, what of them stays, and when the rest joins. */
import { z } from 'zod';

const rule = z.union([z.string().min(1), z.int().min(0)]);

/** One rule or several, as a list. */
const rules = z.union([rule, z.array(rule)]).transform((value) => (Array.isArray(value) ? value : [value]));

export const transferOptions = z.strictObject({
	/** A file of weights for the backbone: safetensors, or any ONNX model. */
	weights: z.string().min(1).optional(),
	/**
	 * What stays as it is: `encoder` (all in front of the heads), a pattern on parameter names such as `conv2_*`, the name
	 * of a layer or feature map such as `conv3_block4_out` (everything up to it), or a number of layers.
	 */
	freeze: rules.default([]),
	/** Share of the steps after which frozen parameters train as well; 1 = never. */
	unfreezeAt: z.number().min(0).max(1).default(1),
	/** Which of the frozen ones join then, by the same rules as `freeze`; all by default. */
	unfreeze: rules.optional(),
	/** The highest learning rate from there on (default: a tenth of the schedule's). */
	fineTuneRate: z.number().positive().optional(),
	/**
	 * `keep` leaves the statistics and scales of loaded batch normalisations as they are, as small batches want it; `train`
	 * adapts them. By default `keep` where the file's were folded into its convolutions, else `train`.
	 */
	normalizations: z.enum(['keep', 'train']).optional(),
});

export type TransferOptions = z.infer<typeof transferOptions>;

/** The same on a command line. */
export interface TransferFlags {
	readonly weights?: string;
	/** Rules of `freeze`; digits alone are a number of layers. */
	readonly freeze?: readonly string[];
	readonly unfreezeAt?: number;
	readonly fineTuneRate?: number;
}

/** Flags as settings; those that were not given are undefined. */
export function transferFlags({ weights, freeze, unfreezeAt, fineTuneRate }: TransferFlags): object {
	const rules = freeze?.map((rule) => (/^\d+$/.test(rule) ? Number(rule) : rule));
	return { weights, freeze: rules?.length ? rules : undefined, unfreezeAt, fineTuneRate };
}
