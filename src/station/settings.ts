/** What people set at a station: the operating point of each recipe and the pause, kept over restarts with who set them. */
import { operatingPointOf } from '../bundle/operating-point-of.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';
import type { Change } from './commands.ts';
import type { Recipe } from './recipes/recipe.ts';
import type { Store } from './store/store.ts';

type Judged = Pick<Recipe, 'bundle' | 'model' | 'scores' | 'scope'>;

export class Settings {
	readonly #store: Store;
	#kept: readonly Kept[];
	#paused: boolean;

	/** As they were left. */
	constructor(store: Store) {
		this.#store = store;
		this.#kept = keptPoints(store);
		this.#paused = store.setting('paused') === true;
	}

	/** What a person set for this bundle and precision, since scores of another mean something else; as the bundle ships it if nobody did. */
	operatingPointOf({ bundle, model, scores, scope }: Judged): OperatingPoint {
		return this.pointSetFor(scope) ?? operatingPointOf(bundle.manifest, model.precision, scores);
	}

	/** Undefined where nobody set one. */
	pointSetFor(scope: string): OperatingPoint | undefined {
		return this.#kept.find((kept) => kept.for === scope)?.operatingPoint;
	}

	get paused(): boolean {
		return this.#paused;
	}

	/** Resolves once it is durable and audited. */
	async setOperatingPoint(recipe: Judged, operatingPoint: OperatingPoint, by: Change): Promise<void> {
		const others = this.#kept.filter((kept) => kept.for !== recipe.scope);
		const kept = [{ for: recipe.scope, operatingPoint }, ...others].slice(0, KEPT);
		const audit = { ...by, what: OPERATING_POINT, old: this.operatingPointOf(recipe), new: operatingPoint };
		await this.#store.change(OPERATING_POINT, kept, audit);
		this.#kept = kept;
	}

	/** Resolves once it is durable and audited. */
	async setPaused(paused: boolean, by: Change): Promise<void> {
		await this.#store.change('paused', paused, { ...by, what: 'paused', old: this.#paused, new: paused });
		this.#paused = paused;
	}
}

const OPERATING_POINT = 'operating-point';
/** Of so many bundles, those set last: enough for every recipe and what it was rolled back from. */
const KEPT = 200;

interface Kept {
	/** The scope of the recipe that it was set for. */
	readonly for: string;
	readonly operatingPoint: OperatingPoint;
}

/** Before there were several recipes one was kept by itself. */
function keptPoints(store: Store): readonly Kept[] {
	const kept = store.setting(OPERATING_POINT) as Kept | readonly Kept[] | undefined;
	return kept === undefined ? [] : [kept].flat();
}
