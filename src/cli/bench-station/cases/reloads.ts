/** Bundles that take each other's place again and again while parts flow: what stays in memory, and whether a part is lost. */
import { join } from 'node:path';
import { AndonError } from '../../../base/errors.ts';
import { openBundle } from '../../../bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../../../bundle/write-bundle.ts';
import type { BenchCase } from '../../../pipeline/bench-case.ts';
import type { CommandResponse } from '../../../station/station-view.ts';
import type { BenchBundle } from '../bench-bundle.ts';
import { type StationFigures, StationUnderTest } from '../station-under-test.ts';
import { type CaseContext, within } from './case.ts';

/** What a process reaches in its first reloads says nothing of growth. */
const SETTLING = 0.05;
const LEAST_SETTLING = 10;
/** So that the line never waits for a reload, nor a reload for the line. */
const FPS = 20;

export async function reloads(bundle: BenchBundle, context: CaseContext): Promise<BenchCase[]> {
	const { broker, folder, threads, reloads: times, progress } = context;
	const bundles = join(folder, 'bundles');
	const names = await writeVersions(bundle, bundles);
	const station = await StationUnderTest.start(bundle, { threads, broker: broker.url, fps: FPS, bundles });
	const settled = Math.max(LEAST_SETTLING, Math.round(times * SETTLING));
	try {
		await station.command('resume');
		let before: StationFigures | undefined;
		for (let i = 0; i < times; i++) {
			expectOk(await station.command('load-bundle', { path: names[i % names.length] }));
			if (i + 1 === settled) before = await station.figures();
			progress.update(i + 1, times, 'reloads');
		}
		const after = await station.figures();
		const name = `${times} reloads, ${bundle.name}`;
		return [
			growth(name, 'MiB of the inspector after them', before?.inspectorMebibytes[0], after.inspectorMebibytes[0]),
			growth(name, 'MiB of the supervisor after them', before?.supervisorMebibytes, after.supervisorMebibytes),
			within(name, 'parts late or missed', after.notInspected, 0),
			within(name, 'inspectors that died or were replaced', after.restarts, 0),
		];
	} finally {
		await station.stop();
	}
}

/** Above 0.95 is below 5 % of growth. */
function growth(name: string, metric: string, before: number | undefined, after: number): BenchCase {
	if (before !== undefined)
		return {
			name: `station ${name}`,
			metric,
			ours: after,
			peer: before,
			ratio: before / after,
			beside: 'after the first',
		};
	const missing = `fewer than ${LEAST_SETTLING} reloads`;
	return { name: `station ${name}`, metric, ours: after, peer: null, ratio: null, beside: 'after the first', missing };
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
