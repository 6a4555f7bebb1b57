/** A station of the bench: inspects when it is asked to, for as long as it is asked to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Delay } from '../../base/event-loop-delay.ts';
import type { CommandResponse } from '../../station/station-view.ts';
import { THRIFTY_ARGV, THRIFTY_ENV } from '../../station/supervision/thrift.ts';
import type { BenchBundle } from './bench-bundle.ts';
import { Conversation } from './conversation.ts';
import { DEFECT_RATE, PICTURES, SEED } from './frames.ts';
import type { Spread } from './percentiles.ts';

const CHILD = fileURLToPath(new URL('./station-child.ts', import.meta.url));

/** What was done in a while. */
export interface Slice {
	readonly parts: number;
	readonly perSecond: number;
}

/** Of all slices that counted. */
export interface StationFigures {
	/** That were inspected. */
	readonly parts: number;
	/** Why others were not, and how many. */
	readonly reasons: Readonly<Record<string, number>>;
	/** From the frame to the verdict, without the model itself. */
	readonly beyondMs: Spread;
	readonly inferMs: Spread;
	/** From the trigger to the verdict. */
	readonly latencyMs: Spread;
	/** From the verdict until the record is durable. */
	readonly durableMs: Spread;
	/** Of the supervisor, in the slice in the middle; the largest of all. */
	readonly loopDelayMs: Delay;
	readonly supervisorMebibytes: number;
	readonly inspectorMebibytes: readonly number[];
	/** Since the station started, whether it counted or not. */
	readonly notInspected: number;
	/** Inspectors that died or were replaced for their memory. */
	readonly restarts: number;
}

export interface StationOptions {
	readonly threads: number;
	readonly broker: string;
	readonly cameras?: number;
	/** Of each camera; as fast as possible if absent. */
	readonly fps?: number;
	readonly deadlineMs?: number;
	/** Its name, where there are several. */
	readonly station?: string;
	/** Drawn beforehand. */
	readonly pictures?: number;
	/** Folder of bundles that may be loaded. */
	readonly bundles?: string;
}

export class StationUnderTest {
	readonly #talk: Conversation;
	readonly #folder: string;

	/** @returns one that is up and paused */
	static async start(bundle: BenchBundle, options: StationOptions): Promise<StationUnderTest> {
		const folder = await mkdtemp(join(tmpdir(), 'andon-bench-run-'));
		const station = new StationUnderTest(folder, stationConfig(bundle, folder, options));
		try {
			await station.#talk.hear();
			return station;
		} catch (error) {
			await station.stop();
			throw error;
		}
	}

	private constructor(folder: string, config: object) {
		this.#folder = folder;
		this.#talk = new Conversation(process.execPath, [...THRIFTY_ARGV, CHILD, JSON.stringify(config)], THRIFTY_ENV);
	}

	/** @param count whether its parts go into the figures */
	inspect(ms: number, count = true): Promise<Slice> {
		return this.#talk.ask({ slice: ms, count });
	}

	command(name: string, payload: object = {}): Promise<CommandResponse> {
		return this.#talk.ask({ command: name, payload });
	}

	figures(): Promise<StationFigures> {
		return this.#talk.ask({ figures: true });
	}

	async stop(): Promise<void> {
		await this.#talk.end();
		await rm(this.#folder, { recursive: true, force: true });
	}
}

/** As station.yaml has it; everything that is not said is as it comes. */
export function stationConfig(bundle: BenchBundle, folder: string, options: StationOptions): object {
	const { cameras = 1, threads, broker, fps, deadlineMs, station = 'bench', pictures = PICTURES, bundles } = options;
	return {
		station,
		bundle: bundle.dir,
		bundles,
		threads,
		deadlineMs,
		// A station that idles must not take the processor from whoever's turn it is.
		keepWarmMs: 0,
		mqtt: { url: broker },
		store: { path: join(folder, 'bench.db') },
		cameras: Array.from({ length: cameras }, (_, i) => ({
			id: `cam-${i + 1}`,
			source: 'simulator',
			seed: SEED + i,
			scale: bundle.scale,
			defectRate: DEFECT_RATE,
			fps,
			prerender: pictures,
			tellTruth: false,
		})),
	};
}
