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
	type ShadowBundle,
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
			const { slots, current } = this.#lineup;
			const slot = recipe === undefined ? current.recipe.slot : slotNamed(slots, recipe);
			const folder = await this.#folderOf(slot, path);
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

	/** Has a candidate score beside the recipe in force: what lies in its folder now, or another bundle. @throws as `select` */
	shadow({ path, off }: ShadowBundle, by: Change): Promise<void> {
		return this.#inTurn(async () => {
			const { arrangement: now } = this.#lineup;
			if (off && !now.shadow) return;
			if (off) {
				const next = { ...now, shadow: undefined };
				return this.#lineup.arrange(next, this.#lineup.pageOf(next, { shadow: undefined }), { how: 'shadow off', by });
			}
			const { slot, scope } = now.current;
			const shadow = await this.#lineup.openSlot(slot, { folder: await this.#folderOf(slot, path) });
			if (shadow.scope === scope) throw refused('another bundle than the one in force', 'the same', 'Name its folder.');
			const next = { ...now, shadow };
			const page = this.#lineup.pageOf(next, { shadow: { recipe: slot.id, bundle: bundleOf(shadow) } });
			await this.#lineup.arrange(next, page, { how: 'shadow', by });
		});
	}

	/** Puts the candidate in the place of the recipe beside which it scored. @throws as `select` */
	promote(by: Change): Promise<void> {
		return this.#inTurn(async () => {
			const { arrangement, shadow } = this.#lineup;
			const found = shadow?.state();
			if (!arrangement.shadow) throw refused('a candidate that scores as shadow', 'none', 'Send `shadow` first.');
			await this.#fill(arrangement.shadow, { how: 'promote', because: found, by });
		});
	}

	/** Of what lies there now, or of a bundle that somebody names. */
	async #folderOf(slot: RecipeSlot, path: string | undefined): Promise<string> {
		if (path !== undefined) return folderBelow(this.#bundles, path);
		return this.#lineup.book.loadedIn(slot)?.folder ?? slot.folder;
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
		// What was compared with the old bundle is over.
		const goesOn = now.shadow && now.shadow.slot.id !== slot.id;
		const change: Partial<Page> = {
			slots: { ...book.page?.slots, [slot.id]: filled },
			...(goesOn ? {} : { shadow: undefined }),
		};
		const undone = { previous: { recipe: slot.id, bundle: bundleOf(now.current) } };
		const rest = goesOn ? now : { ...now, shadow: undefined };
		const next = isInForce ? withCurrent(rest, recipe) : withInSlot(rest, recipe);
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
