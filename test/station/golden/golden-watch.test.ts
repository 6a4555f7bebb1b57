/** Golden parts at a real station: its own inspector process, its store, its broker. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { sharp } from '../../../src/imaging/sharp.ts';
import type { GoldenRun } from '../../../src/station/golden/golden-run.ts';
import type { Station } from '../../../src/station/station.ts';
import { goldenDrafts, partImage, writeGoldenBundle } from '../../support/golden-bundle.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { subscribe } from '../../support/subscriber.ts';
import { configOf, stationOf } from '../../support/test-station.ts';

const dir = t.testdir();
const bundle = await writeGoldenBundle(join(dir, 'bundle'));
const line = { source: 'simulator', fps: 50, seed: 5 };
const technician = { who: 'ada', source: 'console' } as const;

/** Resolves with the run after the one that was the last. */
async function nextRun(station: Station, before = station.golden()?.id): Promise<GoldenRun> {
	while (station.golden() === undefined || station.golden()!.id === before || station.state().golden.running)
		await new Promise((resolve) => setTimeout(resolve, 20));
	return station.golden()!;
}

/** Resolves when the condition holds. */
async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function runGolden(station: Station, args: object = {}): Promise<GoldenRun> {
	const before = station.golden()?.id;
	const answer = await station.command('run-golden', args, technician);
	if (!answer.ok) throw new Error(answer.error?.message);
	return nextRun(station, before);
}

t.test('injected golden parts pass between the parts of the line and are counted nowhere', async (t) => {
	const own = t.testdir();
	const { station, inspections, until } = stationOf(configOf(own, bundle, line));
	await station.start();
	const subscriber = await subscribe(station.brokerUrl, 'andon/line/#', 4);
	await until(() => inspections.length > 3);
	const run = await runGolden(station);
	t.match(run, {
		passed: true,
		why: [],
		mode: 'injected',
		trigger: 'asked for by ada',
		cameras: [
			{
				n: { defective: 3, sound: 3 },
				recall: 1,
				falseRejects: { n: 3, count: 0, atEnrolment: 0 },
				measuredIou: { n: 3, mean: 1, enrolled: 1 },
				scoreShift: { n: 6, meanAbsolute: 0, largest: 0 },
			},
		],
	});
	await subscriber.until(() => subscriber.of('golden').length > 0);
	t.match(subscriber.of('golden')[0], { id: run.id, passed: true });
	const { counters, golden } = station.state();
	t.equal(counters.parts, inspections.length);
	t.match(golden, { last: { id: run.id, passed: true, recall: 1, parts: 6 }, set: { parts: 6, defective: 3 } });
	await station.stop();
	t.equal(station.state().counters.parts, inspections.length, 'nothing but parts of the line is counted');
	t.same(
		inspections.map(({ sequence }) => sequence),
		inspections.map((_, i) => i + 1),
	);
	t.notOk(inspections.some(({ golden: mark }) => mark));
	await subscriber.close();

	const again = stationOf(configOf(own, bundle, line));
	await again.station.start();
	t.equal(again.station.golden()?.id, run.id, 'the last run survives a restart');
	await again.station.stop();
});

t.test('a threshold typo is caught either way, and the words say so', async (t) => {
	const { station } = stationOf(configOf(t.testdir(), bundle, line));
	await station.start();
	await station.command('set-threshold', { value: 0.95 }, technician);
	const high = await runGolden(station);
	t.match(high, { passed: false, why: [/^3 of 3 defective golden parts would have passed: part-1 \(spot\)/] });
	t.match(high.hints[0], /The threshold is 0\.950; at enrolment it was 0\.500\..*check the threshold first/);
	t.equal(high.cameras[0].recall, 0);
	await station.command('set-threshold', { value: 0.05 }, technician);
	const low = await runGolden(station);
	t.match(low, { passed: false, why: [/^3 of 3 sound golden parts would have been rejected \(0 at enrolment\)/] });
	await station.command('set-threshold', { value: 0.5 }, technician);
	t.equal((await runGolden(station)).passed, true);
	await station.stop();
});

t.test('a swapped bundle is caught by the parts that the station had before', async (t) => {
	const own = t.testdir();
	const first = stationOf(configOf(own, bundle, line));
	await first.station.start();
	await first.station.stop();
	const other = await writeGoldenBundle(join(own, 'other'), { gain: 0.8, version: '2' });
	const second = stationOf(configOf(own, other, line));
	await second.station.start();
	const run = await runGolden(second.station);
	t.match(run, { passed: false, why: [/^scores moved by 0\.1\d\d on average over 6 parts; 0\.02 is allowed/] });
	t.match(run.hints[0], /Another bundle runs than the parts were enrolled with: bright 2 .* instead of bright 1 /);
	t.match(await second.station.command('enroll-golden', { reason: 'new model released' }, technician), { ok: true });
	t.equal((await runGolden(second.station)).passed, true, 'the new reference is the new bundle');
	t.match(second.station.audit(1)[0], { who: 'ada', what: 'golden-set', reason: 'new model released' });
	await second.station.stop();
});

t.test('a camera out of focus is caught when the parts are presented, and by nothing that is injected', async (t) => {
	const own = t.testdir();
	const folder = join(own, 'line');
	mkdirSync(folder);
	const { station, inspections } = stationOf(
		configOf(
			own,
			bundle,
			{ source: 'folder', path: folder, watch: true, settleMs: 50 },
			{ golden: { onFailure: 'hold' } },
		),
	);
	await station.start();
	const sharpRun = present(station, folder, 'sharp', (image) => encodePng(image));
	t.match(await sharpRun, { passed: true, mode: 'presented', cameras: [{ measuredIou: { n: 3, mean: 1 } }] });
	const blurred = await present(station, folder, 'blurred', (image) =>
		sharp(image.data, { raw: { width: image.width, height: image.height, channels: 1 } })
			.blur(4)
			.toColourspace('b-w')
			.png()
			.toBuffer(),
	);
	t.match(blurred, { passed: false, why: [/^3 of 3 defective golden parts would have passed/] });
	t.match(blurred.why.at(-1), /^the pictures are blurred/);
	t.match(blurred.hints, [/Check focus, lens, light/]);
	const labelled = await station.command('label', { partId: 'sharp-0.png', defective: false }, technician);
	t.match(labelled, { ok: false, error: { found: 'golden part part-0' } }, 'nor material for the audit');
	t.equal(inspections.length, 0, 'presented parts are none of the line');
	t.equal(station.state().counters.parts, 0);
	t.same(station.recent(10), []);

	t.equal((await runGolden(station)).passed, true, 'injected images cannot see the camera');
	t.match(station.state().golden.hold, { why: /presented parts failed/ }, 'so they do not end its hold');
	t.match(station.state(), { status: 'degraded', promiseVoid: [/^Golden parts failed: 3 of 3 defective/] });
	await present(station, folder, 'again', (image) => encodePng(image));
	t.equal(station.state().golden.hold, undefined);
	t.same(station.state().promiseVoid, undefined);
	await station.stop();
});

async function present(
	station: Station,
	folder: string,
	prefix: string,
	picture: (image: ReturnType<typeof partImage>) => Promise<Uint8Array>,
): Promise<GoldenRun> {
	const before = station.golden()?.id;
	const answer = await station.command('run-golden', { present: true }, technician);
	if (!answer.ok) throw new Error(answer.error?.message);
	for (const [i, { id, defective }] of (await goldenDrafts()).entries()) {
		await until(() => station.state().golden.running?.waitingFor?.startsWith(id) === true);
		writeFileSync(join(folder, `${prefix}-${i}.png`), await picture(partImage(defective, 60 + i)));
	}
	return nextRun(station, before);
}

t.test('after a failed run every part is held until a run passes or a person releases it', async (t) => {
	const own = t.testdir();
	const config = configOf(own, bundle, line, { golden: { onFailure: 'hold' } });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	const subscriber = await subscribe(station.brokerUrl, 'andon/line/#', 4);
	await station.command('set-threshold', { value: 0.95 }, technician);
	const { why } = await runGolden(station);
	await subscriber.until(() => subscriber.of('alert').some(({ kind }) => kind === 'golden'));
	t.match(
		subscriber.of('alert').find(({ kind }) => kind === 'golden'),
		{ message: why[0] },
	);
	await until(() => inspections.at(-1)?.disposition === 'hold');
	t.match(inspections.at(-1), {
		verdict: 'review',
		why: /Held for a person.*golden run with injected parts failed/,
	});
	await station.stop();
	await subscriber.close();

	const again = stationOf(config);
	await again.station.start();
	await again.until(() => again.inspections.length > 0);
	t.equal(again.inspections[0].verdict, 'review', 'a restart ends no hold');
	t.match(await again.station.command('release-golden', {}, technician), { ok: false, error: { found: 'none' } });
	t.match(await again.station.command('release-golden', { reason: 'checked by hand' }, technician), { ok: true });
	t.match(again.station.audit(1)[0], { who: 'ada', what: 'golden-hold', reason: 'checked by hand', new: null });
	const released = again.inspections.length;
	await again.until(() => again.inspections.length > released + 2);
	t.not(again.inspections.at(-1)!.verdict, 'review');
	await runGolden(again.station);
	t.ok(again.station.state().golden.hold, 'the next failure holds again');
	await again.station.command('set-threshold', { value: 0.5 }, technician);
	await runGolden(again.station);
	t.equal(again.station.state().golden.hold, undefined, 'a run that passes lets go');
	t.match(again.station.audit(1)[0], { who: 'andon', source: 'station', reason: /passed/ });
	await again.station.stop();
});

t.test('every camera is checked by itself, and the words name it', async (t) => {
	const cameras = ['left', 'right'].map((id) => ({ id, ...line }));
	const { station } = stationOf(configOf(t.testdir(), bundle, line, { cameras }));
	await station.start();
	await station.command('set-threshold', { value: 0.95 }, technician);
	const run = await runGolden(station);
	t.match(run.why, [/^left: 3 of 3 defective/, /^right: 3 of 3 defective/]);
	t.same(
		run.cameras.map(({ camera, n }) => [camera, n]),
		[
			['left', { defective: 3, sound: 3 }],
			['right', { defective: 3, sound: 3 }],
		],
	);
	const answer = await station.command('run-golden', { present: true }, technician);
	t.match(answer, { ok: false, error: { code: 'GOLDEN_UNAVAILABLE', fix: /Name it with `camera`/ } });
	await station.stop();
});

t.test('the line pauses by policy, and only a person resumes it', async (t) => {
	const { station } = stationOf(configOf(t.testdir(), bundle, line, { golden: { onFailure: 'pause' } }));
	await station.start();
	await station.command('set-threshold', { value: 0.95 }, technician);
	await runGolden(station);
	t.equal(station.state().paused, true);
	t.match(station.audit(1)[0], { who: 'andon', what: 'paused', reason: /would have passed/ });
	await station.command('set-threshold', { value: 0.5 }, technician);
	t.equal((await runGolden(station)).passed, true, 'golden parts run on a paused line');
	t.equal(station.state().paused, true);
	await station.stop();
});

t.test('a run whose inspector dies is repeated, and fails with the reason when it dies again', async (t) => {
	const own = t.testdir();
	const slow = await writeGoldenBundle(join(own, 'slow'), { work: 4 });
	const { station } = stationOf(configOf(own, slow, { source: 'simulator', count: 1 }));
	await station.start();
	const kill = async (times: number) => {
		const run = runGolden(station);
		for (let i = 0; i < times; i++) {
			await until(() => (station.state().golden.running?.done ?? 0) === 2);
			process.kill(station.state().cameras[0].pid!, 'SIGKILL');
			await until(() => (station.state().golden.running?.done ?? 0) < 2);
		}
		return run;
	};
	t.match(await kill(1), { passed: true, repeats: 1 });
	const failed = await kill(2);
	t.match(failed, { passed: false, why: [/^4 of 6 golden parts could not be inspected: .*ended by SIGKILL/] });
	await station.stop();
});

t.test('runs keep their schedule, and one without golden parts fails', async (t) => {
	const own = t.testdir();
	const { station } = stationOf(configOf(own, bundle, line, { golden: { everyParts: 20 } }));
	await station.start();
	const first = await nextRun(station);
	t.match(first, { trigger: 'no golden run yet', passed: true });
	t.match(await nextRun(station, first.id), { trigger: '20 parts went by', passed: true });
	t.match(station.state().golden.next, { inParts: Number });
	await station.stop();

	const bare = await writeStationBundle(join(own, 'bare'));
	const empty = stationOf(configOf(join(own, 'empty'), bare, line, { golden: { everyMinutes: 60 } }));
	await empty.station.start();
	t.match(await nextRun(empty.station), { passed: false, why: [/^No golden parts are enrolled/] });
	t.match(await empty.station.command('run-golden', {}, technician), {
		ok: false,
		error: { code: 'GOLDEN_UNAVAILABLE' },
	});
	await empty.station.stop();
});

t.test('a presented part becomes golden with its truth, and a changed reference is no reference', async (t) => {
	const own = t.testdir();
	const folder = join(own, 'line');
	mkdirSync(folder);
	const bare = await writeStationBundle(join(own, 'bare'));
	const config = configOf(own, bare, { source: 'folder', path: folder, watch: true, settleMs: 50 });
	const { station } = stationOf(config);
	await station.start();
	const enroll = async (part: string, defective: boolean, image: ReturnType<typeof partImage>) => {
		const parts = station.state().golden.set?.parts ?? 0;
		t.match(await station.command('enroll-golden', { part, defective }, technician), { ok: true });
		await until(() => station.state().golden.running?.waitingFor !== undefined);
		writeFileSync(join(folder, `${part}.png`), await encodePng(image));
		await until(() => station.state().golden.running === undefined);
		return (station.state().golden.set?.parts ?? 0) - parts;
	};
	t.equal(await enroll('good-1', false, partImage(false)), 1);
	t.equal(await enroll('spot-1', true, partImage(true)), 1);
	t.equal(await enroll('spot-2', true, partImage(false)), 0, 'a defect that is not found proves nothing');
	t.match(await runGolden(station), { passed: true, cameras: [{ n: { defective: 1, sound: 1 } }] });
	await station.stop();

	const [set] = readdirSync(join(own, 'andon.db.golden'));
	writeFileSync(join(own, 'andon.db.golden', set, '000.png'), await encodePng(partImage(true)));
	const again = stationOf({ ...config, golden: { ...config.golden, atStart: true } });
	await again.station.start();
	t.match(await nextRun(again.station), { passed: false, why: [/SHA-256/] });
	await again.station.stop();
});
