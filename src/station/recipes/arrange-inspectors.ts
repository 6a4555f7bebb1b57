/** Brings every inspector of a station from one arrangement of recipes to another: all of them, or none. */
import type { StationConfig } from '../config.ts';
import type { Inspector } from '../inspector/inspector.ts';
import type { Inspectors } from '../inspector/inspectors.ts';
import type { InspectorRecipe } from '../inspector/messages.ts';
import { proveProvider } from '../providers/prove-provider.ts';
import type { Settings } from '../settings.ts';
import { inspectorRecipe } from '../setups.ts';
import { type Arrangement, recipesIn, shadowIn } from './arrangement.ts';
import type { Recipe } from './recipe.ts';
import { refused } from './recipe-commands.ts';

/** Of the deadline, that parts may wait for a model to be opened. */
const SHARE_OF_DEADLINE = 0.5;

interface Rooms {
	readonly config: StationConfig;
	readonly settings: Settings;
	readonly inspectors: Inspectors;
}

export class ArrangeInspectors {
	readonly #rooms: Rooms;
	/** Scopes that passed every reference frame here since the station started, and how long each takes to open, ms. */
	readonly #proved = new Map<string, number>();

	constructor(rooms: Rooms) {
		this.#rooms = rooms;
	}

	/** Inspectors run them, so they proved them. */
	wereProved({ current }: Arrangement): void {
		this.#proved.set(current.scope, 0);
	}

	/** What an inspector starts with. */
	forStart(camera: string, arrangement: Arrangement) {
		const [recipe, ...standBy] = recipesIn(arrangement).map((each) => this.#told(camera, each));
		return { recipe, standBy, ...shadowIn(arrangement) };
	}

	/**
	 * Has every inspector load what is new, while parts go on; nothing else changes.
	 *
	 * @throws what is wrong with it, or with an inspector: everything is as before then
	 */
	async prepare(now: Arrangement, next: Arrangement): Promise<void> {
		const loaded = new Set(recipesIn(now).map(({ scope }) => scope));
		const added = recipesIn(next).filter(({ scope }) => !loaded.has(scope));
		for (const recipe of added) await this.#prove(recipe);
		// One that is loaded takes note of its operating point.
		const wanted = new Set([...added, next.current]);
		const prepare = async (inspector: Inspector) => {
			for (const recipe of wanted) await inspector.prepare(this.#told(inspector.camera, recipe));
		};
		const outcomes = await Promise.allSettled(this.#rooms.inspectors.all().map(prepare));
		const failed = outcomes.find((outcome) => outcome.status === 'rejected');
		if (!failed) return;
		await this.settle(now);
		throw failed.reason;
	}

	/** Resolves once every part that is triggered later is inspected so. */
	async settle(next: Arrangement): Promise<void> {
		await Promise.all(
			this.#rooms.inspectors.all().map((inspector) => {
				const { recipe, standBy, shadow } = this.forStart(inspector.camera, next);
				return inspector.settle(recipe, standBy, shadow);
			}),
		);
	}

	/** In a process of its own: a model that crashes or hangs costs the line nothing. @throws what is wrong with it */
	async #prove({ scope, device, folder, model }: Recipe): Promise<void> {
		const { provider, openMs } = device;
		const { threads } = this.#rooms.config;
		const proof = () => proveProvider({ provider, bundle: folder, precision: model.precision, threads });
		// Any but the processor was proved when it was chosen.
		if (!this.#proved.has(scope)) this.#proved.set(scope, openMs ?? (await proof()).openMs);
		this.#expectQuick(this.#proved.get(scope)!);
	}

	/** While an inspector opens a model it does nothing else, and the parts that come wait. */
	#expectQuick(openMs: number): void {
		const { config, settings } = this.#rooms;
		const most = config.deadlineMs * SHARE_OF_DEADLINE;
		if (settings.paused || openMs <= most) return;
		throw refused(
			`a model that opens within ${Math.round(most)} ms while parts come (half of \`deadlineMs\`)`,
			`${Math.round(openMs)} ms`,
			'Send `pause`, then this again, then `resume`; or give the recipe `codes`, which keeps it loaded; or raise `deadlineMs`.',
		);
	}

	#told(camera: string, recipe: Recipe): InspectorRecipe {
		const { config, settings } = this.#rooms;
		const own = config.cameras.find(({ id }) => id === camera)!;
		const told = inspectorRecipe(own, config, recipe, settings.operatingPointOf(recipe));
		return { ...told, provedMs: this.#proved.get(recipe.scope) };
	}
}
