/** Which recipes inspectors have loaded, and for what. */
import type { Shadow } from '../inspector/messages.ts';
import type { Recipe } from './recipe.ts';

export interface Arrangement {
	readonly current: Recipe;
	/** Kept loaded beside it because a code selects them, by slot; the one in force may be among them. */
	readonly standBy: ReadonlyMap<string, Recipe>;
	/** A candidate that scores the parts of the slot it is meant for, without effect. */
	readonly shadow?: Recipe;
}

/** Each once, the one in force first. */
export function recipesIn({ current, standBy, shadow }: Arrangement): readonly Recipe[] {
	const all = [current, ...standBy.values(), ...(shadow ? [shadow] : [])];
	return all.filter((recipe, i) => all.findIndex(({ scope }) => scope === recipe.scope) === i);
}

/** With another recipe in force. */
export function withCurrent(now: Arrangement, current: Recipe): Arrangement {
	return { ...withInSlot(now, current), current };
}

/** With another bundle in a slot that stands by; a slot that does not is opened when it is selected. */
export function withInSlot(now: Arrangement, recipe: Recipe): Arrangement {
	if (recipe.slot.codes.length === 0) return now;
	return { ...now, standBy: new Map([...now.standBy, [recipe.slot.id, recipe]]) };
}

/** A candidate scores beside the recipe of its own slot alone. */
export function shadowIn({ current, shadow }: Arrangement): { readonly shadow?: Shadow } {
	if (shadow?.slot.id !== current.slot.id) return {};
	return { shadow: { scope: shadow.scope, beside: current.scope } };
}
