/** A recipe in force, with all that depends on it: its operating point, what watches over its promise, and what-if. */
import type { Logger } from '../../base/log.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { Change } from '../commands.ts';
import type { StationConfig } from '../config.ts';
import { DriftWatch } from '../drift/drift-watch.ts';
import type { GoldenHost } from '../golden/golden-host.ts';
import { GoldenWatch } from '../golden/golden-watch.ts';
import type { Inspectors } from '../inspector/inspectors.ts';
import { providerFault } from '../providers/provider-fault.ts';
import type { Settings } from '../settings.ts';
import { driftSetup, goldenSetup, whatIfSources } from '../setups.ts';
import type { Store } from '../store/store.ts';
import { WhatIfs } from '../what-if.ts';
import type { Recipe } from './recipe.ts';

/** What a running recipe needs of its station. */
export interface RecipeHost extends Pick<GoldenHost, 'bootId' | 'log' | 'changed' | 'finished' | 'newRun' | 'pause'> {
	readonly config: StationConfig;
	readonly store: Store;
	readonly settings: Settings;
	readonly inspectors: Inspectors;
	readonly log: Logger;
	/** For the topic `alert`. */
	alert(payload: object): void;
	/** A candidate was compared with it. */
	compared(): void;
	/** It is in force now: parts are counted by its rules. */
	entered(recipe: RunningRecipe): Promise<void>;
}

export class RunningRecipe {
	readonly recipe: Recipe;
	readonly drift: DriftWatch;
	readonly golden: GoldenWatch;
	readonly whatIfs: WhatIfs;
	readonly #host: RecipeHost;

	constructor(recipe: Recipe, host: RecipeHost) {
		const { config, store, log, alert, changed } = host;
		this.recipe = recipe;
		this.#host = host;
		this.drift = new DriftWatch(driftSetup(config, recipe), store, { alert, change: changed }, log);
		this.golden = new GoldenWatch(this.#goldenHost());
		this.whatIfs = new WhatIfs(whatIfSources(recipe, store));
	}

	/** Loads what was enrolled for it. */
	open(): Promise<void> {
		return this.golden.open();
	}

	/** Its parts come now. */
	start(): void {
		this.#tellProvider();
		this.golden.start();
	}

	/** No more parts of it are taken up; those in work may still be decided. */
	async leave(): Promise<void> {
		await this.golden.stop();
		this.drift.keep();
	}

	get operatingPoint(): OperatingPoint {
		return this.#host.settings.operatingPointOf(this.recipe);
	}

	/** Resolves once it is durable and audited. */
	setOperatingPoint(operatingPoint: OperatingPoint, by: Change): Promise<void> {
		return this.#host.settings.setOperatingPoint(this.recipe, operatingPoint, by);
	}

	/** That another provider runs than the one wanted most must not go unseen. */
	#tellProvider(): void {
		const fault = providerFault(this.recipe.device);
		if (!fault) return;
		const { config, log, alert } = this.#host;
		log.warn({ code: fault.code }, fault.message);
		alert({ kind: 'station', station: config.station, ...fault });
	}

	#goldenHost(): GoldenHost {
		const { config, settings, bootId, store, log, inspectors, changed, finished, newRun, pause } = this.#host;
		const { recipe } = this;
		return {
			...goldenSetup(config, recipe),
			...{ bootId, store, log, changed, finished, newRun, pause },
			lines: () => inspectors.all(),
			get operatingPoint() {
				return settings.operatingPointOf(recipe);
			},
		};
	}
}
