/** What people and PLCs do to recipes, one after the other: select one, load a bundle, go back. */
import type { Change } from '../commands.ts';
import type { StationConfig } from '../config.ts';
import { withCurrent, withInSlot } from './arrangement.ts';
import type { Lineup, Turn } from './lineup.ts';
import type { Recipe } from './recipe.ts';
import type { Page } from './recipe-book.ts';
import {
	folderBelow,
	type LoadBundle,
	type RollBack,
	refused,
	type SelectRecipe,
	selectedSlot,
	slotNamed,
} from './recipe-commands.ts';
import type { RecipeSlot } from './recipe-slots.ts';

export class RecipeControls {
	readonly #lineup: Lineup;
	readonly #bundles: string | undefined;
	#last: Promise<unknown> = Promise.resolve();

	constructor(lineup: Lineup, { bundles }: Pick<StationConfig, 'bundles'>) {
		this.#lineup = lineup;
		this.#bundles = bundles;
	}

	/**
	 * Resolves once every part that is triggered later is inspected by that recipe, at once where it is in force already.
	 *
	 * @throws COMMAND_INVALID, and what keeps the recipe from being used
	 */
	select(args: SelectRecipe, by: Change): Promise<void> {
		return this.#inTurn(() => {
			const slot = selectedSlot(this.#lineup.slots, args);
			// A line that changes products by code undoes nothing that a person did.
			return this.#select(slot, { how: 'select-recipe', by }, args.code === undefined);
		});
	}

	/** Takes the bundle that lies in the recipe's folder now, or another one. @throws as `select` */
	load({ recipe, path }: LoadBundle, by: Change): Promise<void> {
		return this.#inTurn(async () => {
			const { slots, current, book } = this.#lineup;
			const slot = recipe === undefined ? current.recipe.slot : slotNamed(slots, recipe);
			const own = book.loadedIn(slot)?.folder ?? slot.folder;
			const folder = path === undefined ? own : await folderBelow(this.#bundles, path);
			await this.#fill(await this.#lineup.openSlot(slot, { folder }), { how: 'load-bundle', by });
		});
	}

	/** Puts in force again what was before the last change by a person, or before the last bundle of a recipe. @throws as `select` */
	rollBack({ recipe }: RollBack, by: Change): Promise<void> {
		return this.#inTurn(async () => {
			const { slots, current, book } = this.#lineup;
			const before = recipe === undefined ? book.page?.previous : undefined;
			const slot = slotNamed(slots, recipe ?? before?.recipe ?? current.recipe.slot.id);
			const turn = { how: 'roll-back', by };
			if (before && !before.bundle) return this.#select(slot, turn, true);
			const bundle = before?.bundle ?? book.loadedIn(slot)?.previous;
			if (!bundle) throw refused('a recipe or bundle before this one', 'none', 'Use `select-recipe` or `load-bundle`.');
			await this.#fill(await this.#lineup.openSlot(slot, bundle), turn);
		});
	}

	async #select(slot: RecipeSlot, turn: Turn, isUndone: boolean): Promise<void> {
		const { arrangement, current } = this.#lineup;
		const { id } = current.recipe.slot;
		if (slot.id === id) return;
		const recipe = arrangement.standBy.get(slot.id) ?? (await this.#lineup.openSlot(slot));
		const next = withCurrent(arrangement, recipe);
		const page = this.#lineup.pageOf(next, { previous: isUndone ? { recipe: id } : undefined });
		await this.#lineup.arrange(next, page, turn);
	}

	/** Puts a bundle into its slot, and in force where the slot is. */
	async #fill(recipe: Recipe, turn: Turn): Promise<void> {
		const { arrangement: now, book } = this.#lineup;
		const { slot } = recipe;
		const isInForce = slot.id === now.current.slot.id;
		const old = isInForce ? now.current : now.standBy.get(slot.id);
		if (old?.scope === recipe.scope) return;
		const previous = old ? bundleOf(old) : book.page?.slots[slot.id]?.previous;
		const filled = { configured: slot.folder, ...bundleOf(recipe), ...(previous ? { previous } : {}) };
		const change: Partial<Page> = { slots: { ...book.page?.slots, [slot.id]: filled } };
		const undone = { previous: { recipe: slot.id, bundle: bundleOf(now.current) } };
		const next = isInForce ? withCurrent(now, recipe) : withInSlot(now, recipe);
		const page = this.#lineup.pageOf(next, isInForce ? { ...change, ...undone } : change);
		await this.#lineup.arrange(next, page, turn);
	}

	#inTurn(work: () => Promise<void>): Promise<void> {
		const done = this.#last.then(() => {
			if (!this.#lineup.isRunning) throw refused('a station that inspects', 'one that starts or stops', 'Ask again.');
			return work();
		});
		this.#last = done.catch(() => {});
		return done;
	}
}

function bundleOf({ source, reference }: Recipe) {
	return { folder: source, hash: reference.hash };
}
