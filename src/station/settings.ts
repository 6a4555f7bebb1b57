/** What people set at a station: the operating point and the pause, kept over restarts with who set them. */
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import type { Change } from './commands.ts';
import type { Recipe } from './recipe.ts';
import type { Store } from './store/store.ts';

export class Settings {
	readonly #store: Store;
	readonly #recipe: Recipe;
	#operatingPoint: OperatingPoint;
	#paused: boolean;

	private constructor(store: Store, recipe: Recipe, operatingPoint: OperatingPoint) {
		this.#store = store;
		this.#recipe = recipe;
		this.#operatingPoint = operatingPoint;
		this.#paused = store.setting('paused') === true;
	}

	/** As they were left; what was never set is as the bundle ships it. */
	static async open(store: Store, recipe: Recipe): Promise<Settings> {
		const shipped = operatingPointOf(recipe.bundle.manifest, recipe.model.precision, recipe.scores);
		return new Settings(store, recipe, (await storedOperatingPoint(store, recipe, shipped)) ?? shipped);
	}

	get operatingPoint(): OperatingPoint {
		return this.#operatingPoint;
	}

	get paused(): boolean {
		return this.#paused;
	}

	/** Resolves once it is durable and audited. */
	async setOperatingPoint(operatingPoint: OperatingPoint, by: Change): Promise<void> {
		const kept: Kept = { for: this.#recipe.scope, operatingPoint };
		const audit = { ...by, what: OPERATING_POINT, old: this.#operatingPoint, new: operatingPoint };
		await this.#store.change(OPERATING_POINT, kept, audit);
		this.#operatingPoint = operatingPoint;
	}

	/** Resolves once it is durable and audited. */
	async setPaused(paused: boolean, by: Change): Promise<void> {
		await this.#store.change('paused', paused, { ...by, what: 'paused', old: this.#paused, new: paused });
		this.#paused = paused;
	}
}

const OPERATING_POINT = 'operating-point';

interface Kept {
	/** The scope of the recipe that it was set for. */
	readonly for: string;
	readonly operatingPoint: OperatingPoint;
}

/** What a person had set, as long as it was for this bundle and precision: scores of another mean something else. */
async function storedOperatingPoint(
	store: Store,
	{ scope }: Recipe,
	shipped: OperatingPoint,
): Promise<OperatingPoint | undefined> {
	const kept = store.setting(OPERATING_POINT) as Kept | undefined;
	if (kept === undefined || kept.for === scope) return kept?.operatingPoint;
	await store.change(OPERATING_POINT, undefined, {
		who: 'andon',
		source: 'station',
		what: OPERATING_POINT,
		old: kept.operatingPoint,
		new: shipped,
		reason: 'another bundle or precision runs now',
	});
	return undefined;
}
