/** The recipes of a station: which one is in force, which stand by, and how another takes its place without losing a part. */
import { messageOf } from '../../base/errors.ts';
import type { Change } from '../commands.ts';
import type { StationConfig } from '../config.ts';
import type { RecipeState, ShadowReport, StationState } from '../station-view.ts';
import { ArrangeInspectors } from './arrange-inspectors.ts';
import { type Arrangement, shadowIn, withCurrent, withInSlot } from './arrangement.ts';
import { BundleShelf } from './bundle-shelf.ts';
import { openRecipe, type Recipe } from './recipe.ts';
import { type BundlePlace, type Page, RecipeBook } from './recipe-book.ts';
import { type RecipeSlot, recipesOf } from './recipe-slots.ts';
import { type RecipeHost, RunningRecipe } from './running-recipe.ts';
import { ShadowWatch } from './shadow-watch.ts';

/** Parts that the topic `shadow` lists. */
const REPORTED = 20;

/** What a change is called in the audit log, and who asks for it. */
export interface Turn {
	readonly how: string;
	/** What it rests on. */
	readonly because?: object;
	readonly by: Change;
}

export class Lineup {
	readonly slots: readonly RecipeSlot[];
	readonly #config: StationConfig;
	readonly #shelf: BundleShelf;
	/** Recipes by the scope that parts name, while such parts are in work. */
	readonly #inWork = new Map<string, { readonly recipe: RunningRecipe; parts: number }>();
	/** Why a recipe that should stand by does not, by slot. */
	readonly #faults = new Map<string, string>();
	#host!: RecipeHost;
	#book!: RecipeBook;
	#inspectors!: ArrangeInspectors;
	#current: RunningRecipe | undefined;
	/** In force before: parts that were triggered then may still be named. */
	#before: RunningRecipe | undefined;
	/** About to be in force. */
	#next: RunningRecipe | undefined;
	#now!: Arrangement;
	#shadow: ShadowWatch | undefined;
	#isRunning = false;

	constructor(config: StationConfig) {
		this.#config = config;
		this.slots = recipesOf(config);
		this.#shelf = new BundleShelf(config.store.path);
	}

	/** Opens the recipe that was in force, or the first one at the very first start. @throws what keeps it from being used */
	async open(host: RecipeHost): Promise<void> {
		this.#host = host;
		this.#book = new RecipeBook(host.store);
		this.#inspectors = new ArrangeInspectors(host);
		const wanted = this.#book.page?.recipe ?? this.#config.recipe;
		const current = await this.openSlot(this.slots.find(({ id }) => id === wanted) ?? this.slots[0]);
		host.log.info(current.model, 'the model is chosen');
		this.#now = withCurrent({ current, standBy: new Map() }, current);
		for (const slot of this.slots) if (slot.id !== current.slot.id) await this.#openStandBy(slot);
		await this.#openShadow();
		this.#current = new RunningRecipe(current, host);
		await this.#noteStart();
		await this.#current.open();
	}

	/** Inspectors are up: its parts come, and from now on recipes can be changed. */
	start(): void {
		this.#isRunning = true;
		this.#inspectors.wereProved(this.#now);
		this.current.start();
		void this.#tidy();
	}

	/** Gives up golden runs; parts in work may still be decided. */
	async stop(): Promise<void> {
		this.#isRunning = false;
		await this.#current?.golden.stop();
	}

	/** Lets what was learned survive the end. */
	keep(): void {
		this.#current?.drift.keep();
		this.#shadow?.keep();
	}

	/** In force. */
	get current(): RunningRecipe {
		return this.#current!;
	}

	get isRunning(): boolean {
		return this.#isRunning;
	}

	get arrangement(): Arrangement {
		return this.#now;
	}

	get book(): RecipeBook {
		return this.#book;
	}

	/** What the inspector of a camera starts with. */
	forInspector(camera: string) {
		return this.#inspectors.forStart(camera, this.#now);
	}

	/** A part was triggered while the recipe of this scope was in force. */
	acquired(scope: string): void {
		const known = this.#inWork.get(scope);
		// Cameras are told one by one: some may have begun with the next recipe, or still be with the one before.
		const recipe = [this.#next, this.current, this.#before].find((running) => running?.recipe.scope === scope);
		const parts = (known?.parts ?? 0) + 1;
		this.#inWork.set(scope, { recipe: recipe ?? known?.recipe ?? this.current, parts });
	}

	/** The recipe that decided over a part; to be asked once for each that was acquired. */
	decided(scope: string): RunningRecipe {
		const inWork = this.#inWork.get(scope);
		if (!inWork) return this.current;
		if (--inWork.parts === 0) this.#inWork.delete(scope);
		return inWork.recipe;
	}

	/** @param from a bundle that is not the slot's own @throws what keeps it from being used */
	openSlot(slot: RecipeSlot, from: BundlePlace | undefined = this.#book.loadedIn(slot)): Promise<Recipe> {
		return openRecipe(slot, this.#config, this.#shelf, from);
	}

	/** Compares a candidate with the recipe in force; undefined where there is none for it. */
	get shadow(): ShadowWatch | undefined {
		return this.#shadow;
	}

	/** With some of the parts that the two differ about, for the topic `shadow`. */
	shadowReport(): ShadowReport {
		const shadow = this.#shadow;
		if (!shadow) return { running: false };
		return { running: true, ...shadow.state(), differences: shadow.differences.slice(0, REPORTED) };
	}

	state(): Pick<StationState, 'recipes' | 'previous' | 'shadow'> {
		const { recipe, bundle } = this.#book.page?.previous ?? {};
		const previous = recipe === undefined ? undefined : { recipe, ...(bundle ? { hash: bundle.hash } : {}) };
		const shadow = this.#shadow?.state();
		return { recipes: this.#states(), ...(previous ? { previous } : {}), ...(shadow ? { shadow } : {}) };
	}

	#states(): readonly RecipeState[] {
		const { current, standBy } = this.#now;
		return this.slots.map((slot) => {
			const inForce = slot.id === current.slot.id;
			const loaded = inForce ? current : standBy.get(slot.id);
			const fault = this.#faults.get(slot.id);
			const { folder = slot.folder, previous } = this.#book.loadedIn(slot) ?? {};
			return {
				id: slot.id,
				inForce,
				...(loaded ? { version: loaded.reference.version, hash: loaded.reference.hash } : {}),
				bundle: loaded?.source ?? folder,
				codes: slot.codes,
				...(previous?.hash ? { previous: previous.hash } : {}),
				...(fault ? { fault } : {}),
			};
		});
	}

	/**
	 * Changes what is loaded and in force, on all cameras or on none: proved and prepared first, then durable and audited, then
	 * in force. Whatever interrupts it, the station runs either as before or as wanted.
	 *
	 * @throws what is wrong with a recipe: everything is as before then
	 */
	async arrange(next: Arrangement, page: Page, turn: Turn): Promise<void> {
		const before = this.#now;
		await this.#inspectors.prepare(before, next);
		const running = next.current.scope === before.current.scope ? undefined : await this.#enter(next.current, before);
		await this.#book.write(page, this.#auditOf(before, next, turn));
		if (running) await this.current.leave();
		this.#now = next;
		this.#next = running;
		await this.#inspectors.settle(next);
		this.#faults.delete(next.current.slot.id);
		if (running) {
			this.#before = this.#current;
			this.#current = running;
			this.#next = undefined;
			await this.#host.entered(running);
			running.start();
		}
		this.#watchShadow();
		this.#host.changed();
		await this.#tidy();
	}

	/** The page with what is in force, as it will be. */
	pageOf({ current }: Arrangement, change: Partial<Page> = {}): Page {
		const { slots = {}, previous, shadow } = this.#book.page ?? {};
		const { slot, scope, reference } = current;
		return { slots, previous, shadow, ...change, recipe: slot.id, scope, hash: reference.hash };
	}

	async #enter(recipe: Recipe, before: Arrangement): Promise<RunningRecipe> {
		try {
			const running = new RunningRecipe(recipe, this.#host);
			await running.open();
			return running;
		} catch (error) {
			await this.#inspectors.settle(before);
			throw error;
		}
	}

	/** A code selects it without delay; what is wrong with it keeps no other recipe from being used. */
	async #openStandBy(slot: RecipeSlot): Promise<void> {
		if (slot.codes.length === 0) return;
		try {
			this.#now = withInSlot(this.#now, await this.openSlot(slot));
		} catch (error) {
			this.#faults.set(slot.id, messageOf(error));
			this.#host.log.error({ error, recipe: slot.id }, 'a recipe that should stand by cannot be used');
		}
	}

	/** What was compared before a restart goes on. */
	async #openShadow(): Promise<void> {
		const { recipe, bundle } = this.#book.page?.shadow ?? {};
		const slot = this.slots.find(({ id }) => id === recipe);
		if (!slot || !bundle) return;
		try {
			this.#now = { ...this.#now, shadow: await this.openSlot(slot, bundle) };
			this.#watchShadow();
		} catch (error) {
			this.#host.log.error({ error }, 'the candidate that scored beside a recipe cannot be used any more');
		}
	}

	/** A candidate for another slot waits until that one is in force again. */
	#watchShadow(): void {
		const { current, shadow } = this.#now;
		this.#shadow?.keep();
		const { store, log, compared } = this.#host;
		const pair = shadow && { candidate: shadow, incumbent: current };
		this.#shadow = shadowIn(this.#now).shadow && pair && new ShadowWatch(pair, store, compared, log);
		if (this.#isRunning) compared();
	}

	/** Another bundle may lie there, or another precision run, than before the restart. */
	async #noteStart(): Promise<void> {
		const before = this.#book.page;
		const { current } = this.#now;
		if (before?.scope === current.scope) return;
		const page = this.pageOf(this.#now);
		if (!before) return this.#book.write(page);
		const threshold = this.#host.settings.pointSetFor(before.scope)?.threshold;
		await this.#book.write(page, {
			...{ who: 'andon', source: 'station' },
			old: { id: before.recipe, hash: before.hash, threshold },
			new: this.#described(current),
			reason: 'another bundle, precision or recipe runs since this start',
		});
	}

	#auditOf(before: Arrangement, next: Arrangement, { how, because, by }: Turn) {
		const described = (arrangement: Arrangement) => ({
			...this.#described(arrangement.current),
			standBy: [...arrangement.standBy.values()].map(({ reference }) => reference.hash),
			...(arrangement.shadow ? { shadow: arrangement.shadow.reference.hash } : {}),
		});
		return { ...by, old: described(before), new: { how, ...described(next), ...(because ? { because } : {}) } };
	}

	#described(recipe: Recipe): object {
		return { ...recipe.reference, threshold: this.#host.settings.operatingPointOf(recipe).threshold };
	}

	async #tidy(): Promise<void> {
		const loaded = [...this.#now.standBy.values()].map(({ reference }) => reference.hash);
		await this.#shelf
			.tidy([...this.#book.hashes, ...loaded])
			.catch((error) => this.#host.log.warn({ error }, 'old copies of bundles could not be taken away'));
	}
}
