/** What a station remembers of its recipes: which one is in force, which bundle is in each slot, and what was before. */
import { z } from 'zod';
import type { AuditDraft } from '../store/audit-log.ts';
import type { Store } from '../store/store.ts';
import type { RecipeSlot } from './recipe-slots.ts';

const hash = z.string();
const loaded = z.object({ folder: z.string(), hash });

const pageSchema = z.object({
	/** Id of the slot in force. */
	recipe: z.string(),
	scope: z.string(),
	hash,
	/** What a roll-back puts in force: another recipe, or with a bundle that bundle in its slot. */
	previous: z.object({ recipe: z.string(), bundle: loaded.optional() }).optional(),
	/** Of slots whose bundle was loaded by command, as long as station.yaml names the folder that it named then. */
	slots: z.record(z.string(), loaded.extend({ configured: z.string(), previous: loaded.optional() })).default({}),
	/** The candidate that scores beside the recipe of this slot. */
	shadow: z.object({ recipe: z.string(), bundle: loaded }).optional(),
});

export type Page = Readonly<z.infer<typeof pageSchema>>;

/** Where a bundle is found: what lies in a folder, or with a hash that very bundle. */
export interface BundlePlace {
	readonly folder: string;
	readonly hash?: string;
}

const SETTING = 'recipe';

export class RecipeBook {
	readonly #store: Store;
	#page: Page | undefined;

	constructor(store: Store) {
		this.#store = store;
		this.#page = pageSchema.safeParse(store.setting(SETTING)).data;
	}

	/** Undefined before the very first start. */
	get page(): Page | undefined {
		return this.#page;
	}

	/** The bundle that a command loaded in the slot; undefined where station.yaml says which. */
	loadedIn({ id, folder }: RecipeSlot): (BundlePlace & { readonly previous?: BundlePlace }) | undefined {
		const slot = this.#page?.slots[id];
		return slot?.configured === folder ? slot : undefined;
	}

	/** Resolves once it is durable, and audited unless it is the very first page. */
	async write(page: Page, audit?: Omit<AuditDraft, 'what'>): Promise<void> {
		if (audit) await this.#store.change(SETTING, page, { ...audit, what: SETTING });
		else await this.#store.remember(SETTING, page);
		this.#page = page;
	}

	/** Hashes of all bundles that may be wanted again. */
	get hashes(): readonly string[] {
		const { hash: now, previous, slots = {}, shadow } = this.#page ?? {};
		const loadedOnes = Object.values(slots).flatMap((slot) => [slot, slot.previous]);
		const all = [...loadedOnes, previous?.bundle, shadow?.bundle].map((bundle) => bundle?.hash);
		return [now, ...all].filter((one) => one !== undefined);
	}
}
