import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import type { Inspection } from '../../../src/station/inspection.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, greyImage, nameOf, stationOf, writeImages } from '../../support/test-station.ts';

const dir = t.testdir();
const COUNT = 6;
const images = await writeImages(join(dir, 'images'), COUNT);
// Slow enough that a signal sent at any moment meets an inference.
const slow = await writeStationBundle(join(dir, 'slow'), { work: 4 });
const names = Array.from({ length: COUNT }, (_, i) => nameOf(i));

const endedAt = (inspection: Inspection) => Date.parse(inspection.times.end);

for (const signal of ['SIGKILL', 'SIGSTOP'] as const)
	t.test(`an inspector that gets ${signal} in mid-inference costs one part, which is not inspected`, async (t) => {
		const own = t.testdir();
		const { station, inspections, until } = stationOf(
			configOf(own, slow, { source: 'folder', path: images }, { deadlineMs: 5000 }),
		);
		await station.start();
		await until(() => inspections.length >= 2);
		await sleep(30);
		const killedAt = Date.now();
		process.kill(station.state().cameras[0].pid!, signal);
		await until(() => inspections.length === COUNT);
		const [{ restarts }] = station.state().cameras;
		await station.stop();
		const lost = inspections.filter(({ verdict }) => verdict === 'not-inspected');
		t.same(
			inspections.map(({ partId }) => partId),
			names,
			'no part is missing, repeated or out of order',
		);
		t.same(
			inspections.map(({ sequence }) => sequence),
			names.map((_, i) => i + 1),
		);
		t.equal(lost.length, 1);
		t.equal(restarts, 1);
		t.match(lost[0], { disposition: 'reject', reason: /INSPECTOR_LOST/, score: undefined });
		const next = inspections[inspections.indexOf(lost[0]) + 1];
		t.comment(`next decision ${endedAt(next) - killedAt} ms after ${signal}, inference ${next.times.inferenceMs} ms`);
	});

t.test('a bundle whose copy at the station is changed is refused, and the camera says so', async (t) => {
	const own = t.testdir();
	const bundle = await writeStationBundle(join(own, 'bundle'));
	const config = configOf(own, bundle, { source: 'simulator', fps: 50 });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	await until(() => inspections.length > 2);
	const { hash } = station.state().recipe;
	const file = join(`${config.store.path}.bundles`, hash.slice(0, 16), 'calibration.json');
	const whole = await readFile(file);
	await writeFile(file, '{}');
	process.kill(station.state().cameras[0].pid!, 'SIGKILL');
	await until(() => station.state().cameras[0].fault?.code === 'BUNDLE_DIGEST_MISMATCH');
	t.equal(station.state().status, 'faulted');
	await writeFile(file, whole);
	await until(() => station.state().status === 'running');
	await station.stop();
	t.equal(station.state().status, 'stopped');
});

t.test('a part that is decided too late is not inspected', async (t) => {
	const own = t.testdir();
	const { station, inspections, until } = stationOf(
		configOf(own, slow, { source: 'folder', path: images }, { deadlineMs: 10, onNotInspected: 'hold' }),
	);
	await station.start();
	await until(() => inspections.length >= 2);
	await station.stop();
	for (const { verdict, disposition, reason } of inspections)
		t.match(
			{ verdict, disposition, reason },
			{ verdict: 'not-inspected', disposition: 'hold', reason: /DEADLINE_EXCEEDED|INSPECTOR_LOST/ },
		);
});

t.test('an inspector that has grown beyond its memory is replaced between parts, and no part is lost', async (t) => {
	const own = t.testdir({ images: {} });
	const small = await encodePng(greyImage(40));
	await writeFile(join(own, 'images', 'a.png'), small);
	const bundle = await writeStationBundle(join(own, 'bundle'));
	const camera = { source: 'folder', path: join(own, 'images'), watch: true, settleMs: 50 };
	const { station, inspections, until } = stationOf(configOf(own, bundle, camera, { maxMemoryMb: 128 }));
	await station.start();
	await until(() => inspections.length === 1);
	await sleep(1000);
	const large = await encodePng(greyImage(40, 8190, 8190));
	const recycled = () => station.state().cameras[0].recycled === 1;
	const parts = ['a.png'];
	// Memory is looked at now and then: what a part took may have been given back by then.
	while (!recycled()) {
		parts.push(`large-${parts.length}.png`);
		await writeFile(join(own, 'images', parts.at(-1)!), large);
		await until(() => inspections.length === parts.length);
	}
	await until(() => station.state().status === 'running');
	await writeFile(join(own, 'images', 'b.png'), small);
	await until(() => inspections.length === parts.length + 1);
	const [{ restarts, fault }] = station.state().cameras;
	await station.stop();
	t.same([restarts, fault], [0, undefined], 'it counts as no failure');
	t.same(
		inspections.map(({ partId, sequence, verdict }) => [partId, sequence, verdict]),
		[...parts, 'b.png'].map((partId, i) => [partId, i + 1, 'ok']),
	);
});
