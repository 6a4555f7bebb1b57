/** A candidate beside the recipe in force: how often the two agree, and over which parts they do not. */
import { z } from 'zod';
import type { Logger } from '../../base/log.ts';
import type { Inspection } from '../inspection.ts';
import { type Compared, shadowVerdictSchema } from '../inspector/messages.ts';
import type { ShadowState } from '../station-view.ts';
import type { Store } from '../store/store.ts';
import type { Recipe } from './recipe.ts';

/** Differing parts that are listed, the newest ones. */
const LISTED = 200;
/** A crash costs what was compared in so long, ms. */
const KEEP_MS = 1000;
const SETTING = 'shadow';

const differenceSchema = z.object({
	resultId: z.string(),
	partId: z.string(),
	camera: z.string(),
	at: z.string(),
	incumbent: shadowVerdictSchema,
	candidate: shadowVerdictSchema,
});

export type ShadowDifference = Readonly<z.infer<typeof differenceSchema>>;

const countsSchema = z.object({
	/** Parts that the recipe in force inspected meanwhile. */
	of: z.int(),
	scored: z.int(),
	agree: z.int(),
	moreDefects: z.int(),
	fewerDefects: z.int(),
	otherwise: z.int(),
	failed: z.int(),
	/** Sums over parts with both scores: |difference|, and ms of both. */
	difference: z.number(),
	largest: z.number(),
	incumbentMs: z.number(),
	candidateMs: z.number(),
});

type Counts = z.infer<typeof countsSchema>;

const keptSchema = z.object({
	/** Of both: figures of another pair say nothing. */
	scopes: z.tuple([z.string(), z.string()]),
	since: z.string(),
	counts: countsSchema,
	differences: z.array(differenceSchema),
});

export type KeptShadow = Readonly<z.infer<typeof keptSchema>>;

/** The differing parts that a store remembers, newest first. */
export function storedShadow(store: { setting(name: string): unknown }): KeptShadow | undefined {
	return keptSchema.safeParse(store.setting(SETTING)).data;
}

export class ShadowWatch {
	readonly #candidate: Recipe;
	readonly #incumbent: Recipe;
	readonly #store: Store;
	readonly #log: Logger;
	readonly #changed: () => void;
	readonly #since: string;
	readonly #counts: Counts;
	#differences: ShadowDifference[];
	#timer: NodeJS.Timeout | undefined;

	/** Goes on with what was found of this pair before. @param changed there is something new to tell, at most once a second */
	constructor(
		{ candidate, incumbent }: { readonly candidate: Recipe; readonly incumbent: Recipe },
		store: Store,
		changed: () => void,
		log: Logger,
	) {
		this.#candidate = candidate;
		this.#incumbent = incumbent;
		this.#store = store;
		this.#log = log;
		this.#changed = changed;
		const kept = storedShadow(store);
		const known = kept?.scopes.join() === this.#scopes.join() ? kept : undefined;
		this.#since = known?.since ?? new Date().toISOString();
		this.#counts = known?.counts ?? { ...NOTHING };
		this.#differences = known?.differences ?? [];
	}

	/** @param compared undefined when the candidate was left out, because another part waited */
	take({ resultId, partId, camera, times, recipe }: Inspection, compared: Compared | undefined): void {
		if (recipe.hash !== this.#incumbent.reference.hash) return;
		count(this.#counts, compared);
		if (compared && compared.incumbent.verdict !== compared.candidate.verdict) {
			const difference = { resultId, partId, camera, at: times.end, ...compared };
			this.#differences = [difference, ...this.#differences.slice(0, LISTED - 1)];
		}
		this.#timer ??= setTimeout(() => this.#tell(), KEEP_MS);
	}

	/** Lets what was found survive the end. */
	keep(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const kept: KeptShadow = {
			scopes: this.#scopes,
			since: this.#since,
			counts: { ...this.#counts },
			differences: this.#differences,
		};
		this.#store
			.remember(SETTING, kept)
			.catch((error) => this.#log.error({ error }, 'what a shadow found could not be kept'));
	}

	state(): ShadowState {
		const { difference, largest, incumbentMs, candidateMs, ...counts } = this.#counts;
		const both = counts.scored - counts.failed;
		return {
			recipe: this.#incumbent.slot.id,
			candidate: this.#candidate.reference,
			bundle: this.#candidate.source,
			since: this.#since,
			...counts,
			...(both > 0 ? { scoreDifference: { mean: difference / both, largest } } : {}),
			...(both > 0 ? { inferenceMs: { incumbent: incumbentMs / both, candidate: candidateMs / both } } : {}),
		};
	}

	/** Newest first. */
	get differences(): readonly ShadowDifference[] {
		return this.#differences;
	}

	get #scopes(): [string, string] {
		return [this.#incumbent.scope, this.#candidate.scope];
	}

	#tell(): void {
		this.keep();
		this.#changed();
	}
}

const NOTHING: Counts = {
	...{ of: 0, scored: 0, agree: 0, moreDefects: 0, fewerDefects: 0, otherwise: 0, failed: 0 },
	...{ difference: 0, largest: 0, incumbentMs: 0, candidateMs: 0 },
};

function count(counts: Counts, compared: Compared | undefined): void {
	counts.of++;
	if (!compared) return;
	counts.scored++;
	const { incumbent, candidate } = compared;
	if (incumbent.score === undefined || candidate.score === undefined) {
		counts.failed++;
		return;
	}
	if (incumbent.verdict === candidate.verdict) counts.agree++;
	else if (incumbent.verdict === 'ok') counts.moreDefects++;
	else if (candidate.verdict === 'ok') counts.fewerDefects++;
	else counts.otherwise++;
	const difference = Math.abs(incumbent.score - candidate.score);
	counts.difference += difference;
	counts.largest = Math.max(counts.largest, difference);
	counts.incumbentMs += incumbent.ms;
	counts.candidateMs += candidate.ms;
}
