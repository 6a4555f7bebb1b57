/** The table of range methods. */
import type { Range } from '../parameters.ts';
import { kl } from './kl.ts';
import { minMax } from './min-max.ts';
import { movingMinMax } from './moving-min-max.ts';
import { mse } from './mse.ts';
import type { Observation } from './observation.ts';
import { percentile } from './percentile.ts';
import type { RangeMethodDefinition } from './range-method.ts';

export const RANGE_METHODS = {
	'min-max': minMax,
	'moving-min-max': movingMinMax,
	percentile,
	kl,
	mse,
} as const satisfies Record<string, RangeMethodDefinition>;

export type RangeMethodName = keyof typeof RANGE_METHODS;

/** How ranges are chosen from what was seen: a method of the table and its options. */
export type RangeMethod =
	| { readonly method: Exclude<RangeMethodName, 'percentile'> }
	/** `percentile` in percent, such as 99.99. */
	| { readonly method: 'percentile'; readonly percentile: number };

/** What is tried when nothing is asked for; min-max comes first, so that nothing chosen scores worse than it. */
export const TRIED_METHODS: readonly RangeMethod[] = [
	...(['min-max', 'moving-min-max', 'kl', 'mse'] as const).map((method) => ({ method })),
	...[99.999, 99.99, 99.9].map((percentile) => ({ method: 'percentile', percentile }) as const),
];

/** Ranges of all observed values by one method. */
export function rangesOf(observed: ReadonlyMap<string, Observation>, how: RangeMethod): ReadonlyMap<string, Range> {
	const { method, ...options } = how;
	const definition: RangeMethodDefinition = RANGE_METHODS[method];
	const rangeOf = definition.create(definition.optionsSchema.parse(options));
	return new Map(Array.from(observed, ([name, observation]) => [name, rangeOf(observation)]));
}
