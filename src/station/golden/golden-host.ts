/** What golden runs need of the station. */
import type { Logger } from '../../base/log.ts';
import type { Precision } from '../../bundle/manifest.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { Change } from '../commands.ts';
import type { RecipeReference } from '../inspection.ts';
import type { Store } from '../store/store.ts';
import type { GoldenLine } from './golden-check.ts';
import type { GoldenOptions } from './golden-options.ts';
import type { GoldenRun } from './golden-run.ts';

export interface GoldenHost {
	readonly station: string;
	readonly bootId: string;
	readonly options: GoldenOptions;
	readonly storePath: string;
	/** Names the recipe in the store, where there are several. */
	readonly place: string;
	readonly store: Store;
	readonly bundle: Bundle;
	readonly precision: Precision;
	readonly recipe: RecipeReference;
	readonly log: Logger;
	/** In force at this moment. */
	readonly operatingPoint: OperatingPoint;
	/** Numbers the golden runs since the station started, over all recipes. */
	newRun(): number;
	lines(): readonly GoldenLine[];
	/** The state is another one now. */
	changed(): void;
	/** A run is over and durable; alerts about it wait in the outbox. */
	finished(run: GoldenRun): void;
	pause(by: Change): Promise<void>;
}

/** What the station does without a person. */
export const BY_ITSELF: Change = { who: 'andon', source: 'station' };
