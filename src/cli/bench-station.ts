/** `andon bench station`: what a station adds to its model, beside the bare model, a peer in Python and stated bounds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AndonError } from '../base/errors.ts';
import type { BenchCase } from '../pipeline/bench-case.ts';
import type { CaseContext, StationCase } from './bench-station/cases/case.ts';
import type { Progress } from './progress.ts';

export interface StationBenchFlags {
	readonly only?: readonly string[];
	readonly python: string;
	readonly threads: number;
	readonly rounds: number;
	readonly seconds: number;
	readonly reloads: number;
	readonly soak?: number;
}

/** In the order in which they run; `soak` only when it is asked for. */
export const STATION_CASES = ['large', 'demo', 'two-cameras', 'eight-cameras', 'start', 'reload', 'soak'] as const;

type CaseName = (typeof STATION_CASES)[number];

/** @throws USAGE when there is no such case or no broker, and what starting a station throws */
export async function benchStation(flags: StationBenchFlags, progress: Progress): Promise<BenchCase[]> {
	const names = namesOf(flags);
	const { startBenchBroker } = await import('./bench-station/bench-broker.ts');
	const table = await casesByName();
	const folder = await mkdtemp(join(tmpdir(), 'andon-bench-'));
	const { python, threads, rounds, reloads, soak } = flags;
	try {
		const broker = await startBenchBroker(folder);
		const sliceMs = 1000 * flags.seconds;
		const context: CaseContext = { broker, folder, threads, rounds, sliceMs, python, reloads, soak, progress };
		try {
			const cases: BenchCase[] = [];
			for (const name of names) {
				progress.note(name);
				cases.push(...(await table[name](context)));
			}
			return cases;
		} finally {
			await broker.stop();
		}
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

function namesOf({ only, soak }: StationBenchFlags): CaseName[] {
	const unknown = only?.find((name) => !STATION_CASES.includes(name as CaseName));
	if (unknown !== undefined)
		throw new AndonError('USAGE', {
			expected: `cases among ${STATION_CASES.join(', ')}`,
			found: unknown,
			fix: 'Correct --only.',
		});
	return STATION_CASES.filter((name) => (only ? only.includes(name) : name !== 'soak' || soak !== undefined));
}

async function casesByName(): Promise<Readonly<Record<CaseName, StationCase>>> {
	const { demoBundle, largeBundle } = await import('./bench-station/bench-bundle.ts');
	const { throughput } = await import('./bench-station/cases/throughput.ts');
	const { eightCameras, twoCameras } = await import('./bench-station/cases/cameras.ts');
	const { firstDecision } = await import('./bench-station/cases/first-decision.ts');
	const { reloads } = await import('./bench-station/cases/reloads.ts');
	const { soak } = await import('./bench-station/cases/soak.ts');
	return {
		large: async (context) => throughput(await largeBundle(), context),
		demo: async (context) => throughput(await demoBundle(), context),
		'two-cameras': async (context) => twoCameras(await largeBundle(), context),
		'eight-cameras': async (context) => eightCameras(await largeBundle(), context),
		start: async (context) => firstDecision(await largeBundle(), context),
		reload: async (context) => reloads(await demoBundle(), context),
		soak: async (context) => soak(await largeBundle(), context),
	};
}
