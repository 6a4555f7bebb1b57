/** The recipes of a station, and the one in force. */
import type { StationConfig } from '../config.ts';
import { openRecipe } from './recipe.ts';
import { type RecipeSlot, recipesOf } from './recipe-slots.ts';
import { type RecipeHost, RunningRecipe } from './running-recipe.ts';

/** What survives a restart. */
interface Kept {
	/** Id of the slot in force. */
	readonly recipe: string;
	readonly scope: string;
	readonly hash: string;
}

const SETTING = 'recipe';

export class Lineup {
	readonly #config: StationConfig;
	readonly #slots: readonly RecipeSlot[];
	#host!: RecipeHost;
	#current: RunningRecipe | undefined;

	constructor(config: StationConfig) {
		this.#config = config;
		this.#slots = recipesOf(config);
	}

	/** Opens the recipe that was in force, or the first one at the very first start. @throws what keeps it from being used */
	async open(host: RecipeHost): Promise<void> {
		this.#host = host;
		const kept = host.store.setting(SETTING) as Kept | undefined;
		const wanted = kept?.recipe ?? this.#config.recipe;
		const slot = this.#slots.find(({ id }) => id === wanted) ?? this.#slots[0];
		const recipe = await openRecipe(slot, this.#config);
		host.log.info(recipe.model, 'the model is chosen');
		this.#current = new RunningRecipe(recipe, host);
		await this.#remember(kept);
		await this.#current.open();
	}

	/** In force. */
	get current(): RunningRecipe {
		return this.#current!;
	}

	/** Gives up golden runs; parts in work may still be decided. */
	async stop(): Promise<void> {
		await this.#current?.golden.stop();
	}

	/** Lets what was learned survive the end. */
	keep(): void {
		this.#current?.drift.keep();
	}

	/** The recipe that decided over a part, as the part names it. */
	of(_scope: string): RunningRecipe {
		return this.current;
	}

	/** Another bundle may lie there, or another precision run, than before the restart. */
	async #remember(before: Kept | undefined): Promise<void> {
		const { recipe, operatingPoint } = this.current;
		const { scope, reference, slot } = recipe;
		if (before?.scope === scope) return;
		const kept: Kept = { recipe: slot.id, scope, hash: reference.hash };
		const { store, settings } = this.#host;
		if (!before) return store.remember(SETTING, kept);
		const threshold = settings.pointSetFor(before.scope)?.threshold;
		await store.change(SETTING, kept, {
			...{ who: 'andon', source: 'station', what: SETTING },
			old: { id: before.recipe, hash: before.hash, threshold },
			new: { ...reference, threshold: operatingPoint.threshold },
			reason: 'another bundle, precision or recipe runs since this start',
		});
	}
}
