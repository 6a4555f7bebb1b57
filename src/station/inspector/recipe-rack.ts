/** The recipes that an inspector has loaded: the one in force, and such as wait, proved; one goes when its last part is decided. */
import { monotonicMs } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { type LoadedRecipe, loadRecipe } from './loaded-recipe.ts';
import type { InspectorRecipe } from './messages.ts';

/** The longest that a frame takes from its trigger to the station, ms. */
const UNDERWAY_MS = 2000;

interface Held {
	readonly recipe: LoadedRecipe;
	/** Parts that it is still to decide over. */
	uses: number;
	kept: boolean;
}

export class RecipeRack {
	readonly #log: Logger;
	readonly #held = new Map<string, Held>();
	#current: LoadedRecipe | undefined;
	/** In force before, and until when: parts that were triggered then may still be on their way from the camera. */
	#before: { readonly recipe: LoadedRecipe; readonly until: number } | undefined;
	#forgetting: NodeJS.Timeout | undefined;

	constructor(log: Logger) {
		this.#log = log;
	}

	/** @throws what keeps the recipe in force from being used; what keeps another one from it is only logged: it is tried again when it is wanted */
	async open(current: InspectorRecipe, others: readonly InspectorRecipe[]): Promise<void> {
		await this.prepare(current);
		this.#current = this.#held.get(current.scope)!.recipe;
		for (const other of others)
			await this.prepare(other).catch((error) =>
				this.#log.error({ error, recipe: other.scope }, 'a recipe that should be kept loaded cannot be used'),
			);
	}

	/** In force: what decides over parts that are triggered now. */
	get current(): LoadedRecipe {
		return this.#current!;
	}

	/** Loads and proves it, or takes note of its operating point where it is loaded. @throws what `loadRecipe` throws */
	async prepare(wanted: InspectorRecipe): Promise<void> {
		const held = this.#held.get(wanted.scope);
		if (held) {
			held.kept = true;
			held.recipe.operatingPoint = wanted.operatingPoint;
			return;
		}
		const recipe = await loadRecipe(wanted);
		const { why } = recipe.model.batch;
		if (why) this.#log.warn({ why, recipe: wanted.scope }, 'tiles go through the model one after the other');
		this.#held.set(wanted.scope, { recipe, uses: 0, kept: true });
	}

	/** Puts a loaded one in force, and lets go of all that are not to be kept. @returns false when it is not loaded */
	settle(current: string, keep: readonly string[]): boolean {
		const wanted = this.#held.get(current);
		if (!wanted) return false;
		if (wanted.recipe !== this.#current) this.#replace(wanted.recipe);
		for (const held of this.#held.values()) {
			held.kept = held.recipe === this.#current || keep.includes(held.recipe.scope);
			this.#letGo(held);
		}
		return true;
	}

	/** The one of this scope, if it is loaded, whatever is in force; it stays until it is given back. */
	borrow(scope: string): LoadedRecipe | undefined {
		const held = this.#held.get(scope);
		if (held) held.uses++;
		return held?.recipe;
	}

	/**
	 * The one that was in force then, for a part; it stays until it is given back.
	 *
	 * @param at when the part was triggered, on the clock of `monotonicMs`
	 */
	take(at = Number.POSITIVE_INFINITY): LoadedRecipe {
		const recipe = this.#before && at < this.#before.until ? this.#before.recipe : this.current;
		this.#held.get(recipe.scope)!.uses++;
		return recipe;
	}

	/** The part is decided. */
	giveBack({ scope }: LoadedRecipe): void {
		const held = this.#held.get(scope)!;
		held.uses--;
		this.#letGo(held);
	}

	async close(): Promise<void> {
		clearTimeout(this.#forgetting);
		const all = [...this.#held.values()];
		this.#held.clear();
		await Promise.all(all.map(({ recipe }) => recipe.model.close()));
	}

	#replace(recipe: LoadedRecipe): void {
		this.#forget();
		if (this.#current) {
			this.#before = { recipe: this.take(), until: monotonicMs() };
			this.#forgetting = setTimeout(() => this.#forget(), UNDERWAY_MS).unref();
		}
		this.#current = recipe;
	}

	#forget(): void {
		clearTimeout(this.#forgetting);
		const { recipe } = this.#before ?? {};
		this.#before = undefined;
		if (recipe) this.giveBack(recipe);
	}

	#letGo({ recipe, kept, uses }: Held): void {
		if (kept || uses > 0) return;
		this.#held.delete(recipe.scope);
		recipe.model
			.close()
			.catch((error) => this.#log.error({ error, recipe: recipe.scope }, 'a recipe could not be released'));
	}
}
