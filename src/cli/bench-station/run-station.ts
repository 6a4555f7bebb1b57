/** Runs a station of the bench in a process of its own and brings its figures back. */
import { fileURLToPath } from 'node:url';
import type { Delay } from '../../base/event-loop-delay.ts';
import { watchChild } from '../watch-child.ts';
import type { Spread } from './percentiles.ts';

const CHILD = fileURLToPath(new URL('./station-child.ts', import.meta.url));

export interface StationRunRequest {
	/** As in station.yaml. */
	readonly config: object;
	/** How long parts count, after `warmUp` parts that do not. */
	readonly seconds: number;
	readonly warmUp: number;
	/** How often memory is looked at. */
	readonly sampleMs?: number;
}

export interface StationRun {
	readonly parts: number;
	/** Not inspected, and why. */
	readonly lost: number;
	readonly reasons: Readonly<Record<string, number>>;
	readonly seconds: number;
	readonly perSecond: number;
	readonly published: number;
	/** From the frame to the verdict, without the model itself. */
	readonly beyondMs: Spread;
	readonly inferMs: Spread;
	/** From the trigger to the verdict. */
	readonly latencyMs: Spread;
	/** From the verdict until the record is durable. */
	readonly durableMs: Spread;
	/** Of the supervisor. */
	readonly loopDelayMs: Delay;
	readonly supervisorMebibytes: number;
	readonly inspectorMebibytes: readonly number[];
	/** Of all its processes, as time goes by. */
	readonly memory: readonly { readonly seconds: number; readonly mebibytes: number }[];
	readonly sampleMs?: number;
}

export async function runStation(request: StationRunRequest): Promise<StationRun> {
	const { stdout } = await watchChild(process.execPath, [CHILD, JSON.stringify(request)]);
	return JSON.parse(stdout);
}
