/** Bundles that take each other's place again and again while parts flow: what stays in memory, and whether a part is lost. */
import { join } from 'node:path';
import { AndonError } from '../../../base/errors.ts';
import { openBundle } from '../../../bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../../../bundle/write-bundle.ts';
import type { BenchCase } from '../../../pipeline/bench-case.ts';
import type { CommandResponse } from '../../../station/station-view.ts';
import type { BenchBundle } from '../bench-bundle.ts';
import { slopeOf } from '../percentiles.ts';
import { type StationFigures, StationUnderTest } from '../station-under-test.ts';
import { type CaseContext, within } from './case.ts';

/** Of the reloads: what a process reaches in the first tenth says nothing of growth; the second and the last are compared. */
const TENTH = 0.1;
const LEAST_RELOADS = 100;
/** Between two looks: several to each collection of garbage, so that its teeth do not count as growth. */
const LOOK_EVERY = 2;
/** Of growth that is none, for each 100 reloads in the last half: 0.5 %. */
const LEVEL = 0.005;
/** So that the line never waits for a reload, nor a reload for the line. */
const FPS = 20;

export async function reloads(bundle: BenchBundle, context: CaseContext): Promise<BenchCase[]> {
	const { broker, folder, threads, reloads: times, progress } = context;
	const bundles = join(folder, 'bundles');
	const names = await writeVersions(bundle, bundles);
	const station = await StationUnderTest.start(bundle, { threads, broker: broker.url, fps: FPS, bundles });
	const looks: Look[] = [];
	try {
		await station.command('resume');
		for (let i = 0; i < times; i++) {
			expectOk(await station.command('load-bundle', { path: names[i % names.length] }));
			if (i % LOOK_EVERY === 0) looks.push({ x: i, ...memoryIn(await station.figures()) });
			progress.update(i + 1, times, 'reloads');
		}
		const after = await station.figures();
		const name = `${times} reloads, ${bundle.name}`;
		return [
			...growth(name, looks, times, 'inspector'),
			...growth(name, looks, times, 'supervisor'),
			within(name, 'parts late or missed', after.notInspected, 0),
			within(name, 'inspectors that died or were replaced', after.restarts, 0),
		];
	} finally {
		await station.stop();
	}
}

type Party = 'inspector' | 'supervisor';

/** MiB, after so many reloads. */
type Look = Readonly<Record<Party, number>> & { readonly x: number };

function memoryIn({ inspectorMebibytes, supervisorMebibytes }: StationFigures): Readonly<Record<Party, number>> {
	return { inspector: inspectorMebibytes[0], supervisor: supervisorMebibytes };
}

/** Above 0.95 is below 5 % of growth. */
function growth(name: string, looks: readonly Look[], times: number, party: Party): BenchCase[] {
	const mean = (of: readonly Look[]) => of.reduce((sum, look) => sum + look[party], 0) / of.length;
	const tenth = (from: number) => looks.filter(({ x }) => x >= from * times && x < (from + TENTH) * times);
	const [before, after] = [mean(tenth(TENTH)), mean(tenth(1 - TENTH))];
	const beside = 'mean of the second tenth';
	const metric = `MiB of the ${party}, mean of the last tenth`;
	const grown = { name: `station ${name}`, metric, ours: after, beside };
	if (times < LEAST_RELOADS)
		return [{ ...grown, peer: null, ratio: null, missing: `fewer than ${LEAST_RELOADS} reloads` }];
	const half = looks.filter(({ x }) => x >= times / 2).map((look) => ({ x: look.x, y: look[party] }));
	return [
		{ ...grown, peer: before, ratio: before / after },
		within(name, `MiB that the ${party} grows by in 100 of the last half`, 100 * slopeOf(half), LEVEL * before),
	];
}

/** The bundle twice under different versions, so that each is another one than what runs. */
async function writeVersions({ dir }: BenchBundle, bundles: string): Promise<string[]> {
	const { manifest, files } = draftFrom(await openBundle(dir));
	const names = ['a', 'b'];
	for (const version of names) await writeBundle(join(bundles, version), { manifest: { ...manifest, version }, files });
	return names;
}

function expectOk({ ok, error }: CommandResponse): void {
	if (ok) return;
	throw new AndonError('BUNDLE_INVALID', {
		expected: error?.expected ?? 'the bundle to be loaded',
		found: error?.found ?? error?.message ?? 'another answer',
		fix: error?.fix ?? 'See the log of the station.',
	});
}
