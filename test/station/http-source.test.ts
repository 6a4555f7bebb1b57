/** Images that are posted to a running station, and the records that answer them. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openConsole } from '../../src/console/server/console.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import type { Inspection } from '../../src/station/inspection.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { configOf, greyImage, stationOf } from '../support/test-station.ts';

const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));
const technician = { who: 'ada', source: 'console' } as const;

async function served(t: Test, camera: object = {}, overrides: object = {}) {
	const one = stationOf(configOf(t.testdir(), bundle, { source: 'http', ...camera }, overrides));
	await one.station.start();
	const page = await openConsole(one.station, { port: 0 });
	t.teardown(async () => {
		await page.close();
		await one.station.stop();
	});
	const post = async (image: Uint8Array, query = '') => {
		const headers = { 'content-type': 'image/png' };
		const answer = await fetch(`${page.url}/stations/line/inspect${query}`, {
			method: 'POST',
			headers,
			body: Buffer.from(image),
		});
		return { status: answer.status, body: (await answer.json()) as Inspection & { error: { code: string } } };
	};
	return { ...one, page, post };
}

t.test('each is answered with its record, which is durable then', async (t) => {
	const { station, post } = await served(t);
	t.match(station.state().cameras, [{ id: 'cam', source: 'http', asks: 'image', status: 'running', missed: 0 }]);
	for (const [grey, verdict] of [
		[40, 'ok'],
		[230, 'defect'],
	] as const) {
		const { status, body } = await post(await encodePng(greyImage(grey)), `?part=P-${grey}`);
		t.equal(status, 200);
		t.match(body, { partId: `P-${grey}`, verdict, camera: 'cam', isSimulated: false });
		t.same(station.recent(1)[0].resultId, body.resultId);
	}
});

t.test('what cannot be inspected is answered as not inspected, with the reason', async (t) => {
	const { post } = await served(t, { maxMegapixels: 0.01 });
	const { body } = await post(Buffer.from('no image at all'));
	t.match(body, { verdict: 'not-inspected', disposition: 'reject', reason: /IMAGE_UNREADABLE/ });
	const bomb = await encodePng(greyImage(0, 4000, 4000));
	t.match((await post(bomb)).body, { verdict: 'not-inspected', reason: /IMAGE_TOO_LARGE/ });
	t.match((await post(await encodePng(greyImage(40)))).body, { verdict: 'ok' });
});

t.test('many at once are all answered, each with its own record, or told to wait', async (t) => {
	const { post, inspections } = await served(t);
	const image = await encodePng(greyImage(40));
	const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => post(image, `?part=P-${i}`)));
	const taken = answers.map((answer, i) => ({ ...answer, part: `P-${i}` })).filter(({ status }) => status === 200);
	t.ok(taken.length >= 8);
	for (const { body, part } of taken) t.equal(body.partId, part);
	for (const { status } of answers) t.ok(status === 200 || status === 429, String(status));
	while (inspections.length < taken.length) await sleep(10);
	t.equal(inspections.length, taken.length, 'one that was told to wait is no part');
});

t.test('a paused line, a wrong camera and a request of another kind are refused', async (t) => {
	const { station, post } = await served(t);
	const image = await encodePng(greyImage(40));
	t.match(await post(image, '?camera=other'), { status: 409, body: { error: { code: 'CAMERA_TRIGGER_REFUSED' } } });
	t.match(await station.command('trigger', {}, technician), {
		ok: false,
		error: { code: 'CAMERA_TRIGGER_REFUSED', expected: 'a camera with `trigger: { on: command }`' },
	});
	await station.command('pause', {}, technician);
	t.match(await post(image), { status: 409, body: { error: { code: 'LINE_PAUSED' } } });
	await station.command('resume', {}, technician);
	t.match(await post(image), { status: 200, body: { verdict: 'ok', sequence: 1 } });
});

t.test('an inspector that dies in the middle answers what it had taken', async (t) => {
	const { station, post } = await served(t);
	const image = await encodePng(greyImage(40));
	await post(image);
	process.kill(station.state().cameras[0].pid!, 'SIGSTOP');
	const waiting = post(image);
	await sleep(100);
	process.kill(station.state().cameras[0].pid!, 'SIGKILL');
	const { status, body } = await waiting;
	// It died before or after it had named the part: both are answered.
	if (status === 503) t.equal(body.error.code, 'INSPECTOR_LOST');
	else t.match(body, { verdict: 'not-inspected', reason: /INSPECTOR_LOST/ });
	for (;;) {
		const again = await post(image);
		if (again.status === 200) break;
		t.equal(again.status, 503);
		await sleep(50);
	}
});
