import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { labelledScores } from '../../../src/station/feedback/labelled-scores.ts';
import type { Label } from '../../../src/station/station-view.ts';
import { readStore } from '../../../src/station/store/read-store.ts';
import { Mosquitto, withoutMosquitto } from '../../support/mosquitto.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { subscribe } from '../../support/subscriber.ts';
import { configOf, greyImage, stationOf } from '../../support/test-station.ts';

const dir = t.testdir();
const bundle = await writeStationBundle(join(dir, 'bundle'));
const line = { source: 'simulator', seed: 5, count: 12 };
const operator = { who: 'mqtt', source: 'mqtt' } as const;

t.test('a label is stored beside the record, audited, told, and still there after a restart', async (t) => {
	const own = t.testdir();
	const config = configOf(own, bundle, line);
	const { station, inspections, until } = stationOf(config);
	const told: Label[] = [];
	station.events.on('label', (label) => told.push(label));
	await station.start();
	await until(() => inspections.length === 12);
	const { resultId, partId } = inspections[3];
	const mask = Buffer.from(await encodePng(greyImage(255, 8, 8))).toString('base64');
	const answer = await station.command(
		'label',
		{ resultId, defective: true, class: 'scratch', mask, by: 'ada', reason: 'looked at the part', id: 'l1' },
		operator,
	);
	t.match(answer, {
		ok: true,
		id: 'l1',
		label: { resultId, defective: true, class: 'scratch', hasMask: true, who: 'ada', source: 'mqtt' },
	});
	t.match(await station.command('label', { partId, defective: false, by: 'bo' }, operator), { ok: true });
	t.equal(told.length, 2);
	t.same(station.recent(12).toReversed(), inspections, 'records are as they were');
	t.match(station.stats().feedback, {
		labelled: { sound: { stopped: Number, passed: Number } },
		drawn: { labelled: 0 },
	});
	await station.stop();

	const again = stationOf(config);
	await again.station.start();
	t.match(again.station.labels(10), [{ resultId, defective: false, who: 'bo', hasMask: false }]);
	t.equal(again.station.labels(10).length, 1, 'the later label is in force');
	t.match(again.station.audit(1)[0], {
		who: 'bo',
		what: 'label',
		old: { class: 'scratch' },
		new: { defective: false },
	});
	await again.station.stop();
});

t.test('a label that says nothing certain is refused with what was expected', async (t) => {
	const { station, inspections, until } = stationOf(configOf(t.testdir(), bundle, line));
	await station.start();
	await until(() => inspections.length === 12);
	const { resultId } = inspections[0];
	const png = (grey: number) => encodePng(greyImage(grey, 8, 8)).then((bytes) => Buffer.from(bytes).toString('base64'));
	const wide = await encodePng(greyImage(255, 2100, 2000));
	const refused: [object, string, RegExp][] = [
		[
			{ resultId: 'line-x-cam-1', defective: true },
			'COMMAND_INVALID',
			new RegExp(`such as ${inspections[11].resultId}.*line-x-cam-1`),
		],
		[{ partId: 'nobody', defective: true }, 'COMMAND_INVALID', /none of part nobody/],
		[{ defective: true }, 'COMMAND_INVALID', /either resultId or partId, found neither/],
		[{ resultId, partId: 'p', defective: true }, 'COMMAND_INVALID', /found both/],
		[{ resultId }, 'COMMAND_INVALID', /defective/],
		[{ resultId, defective: 'yes' }, 'COMMAND_INVALID', /defective/],
		[{ resultId, defective: false, class: 'scratch' }, 'COMMAND_INVALID', /no class on a sound part/],
		[{ resultId, defective: true, class: 'MT_Free' }, 'COMMAND_INVALID', /means sound/],
		[{ resultId, defective: true, class: '../x' }, 'COMMAND_INVALID', /class/],
		[{ resultId, defective: true, mask: 'not base64!' }, 'COMMAND_INVALID', /mask/],
		[{ resultId, defective: true, mask: Buffer.from('<svg/>').toString('base64') }, 'COMMAND_INVALID', /PNG/],
		[{ resultId, defective: true, mask: await png(0) }, 'COMMAND_INVALID', /white pixels/],
		[{ resultId, defective: false, mask: await png(255) }, 'COMMAND_INVALID', /no mask on a sound part/],
		[{ resultId, defective: true, mask: (await png(255)).slice(0, 60) }, 'IMAGE_UNREADABLE', /whole image/],
		[{ resultId, defective: true, mask: Buffer.from(wide).toString('base64') }, 'IMAGE_TOO_LARGE', /pixels/],
	];
	for (const [payload, code, words] of refused)
		t.match(await station.command('label', payload, operator), { ok: false, error: { code, message: words } });
	t.same(station.labels(10), []);
	t.same(station.audit(10), []);
	await station.stop();
});

t.test('a drawn mask measures how well the model outlined the defect, once a part', async (t) => {
	const own = t.testdir();
	// The station's model marks what is bright: the left half of one part, nothing of the other.
	const half = greyImage(0);
	for (let i = 0; i < half.data.length; i++) if (i % half.width < half.width / 2) half.data[i] = 240;
	mkdirSync(join(own, 'images'));
	writeFileSync(join(own, 'images', 'a.png'), await encodePng(half));
	writeFileSync(join(own, 'images', 'b.png'), await encodePng(greyImage(10)));
	const source = { source: 'folder', path: join(own, 'images') };
	const config = configOf(own, bundle, source, { feedback: { keep: 'all' } });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	const kept = () => station.stats().feedback?.frames?.kept;
	await until(() => inspections.length === 2);
	while (kept() !== 2) await new Promise((resolve) => setTimeout(resolve, 20));
	const upper = greyImage(0, 8, 8);
	upper.data.fill(255, 0, 32);
	const mask = Buffer.from(await encodePng(upper)).toString('base64');
	for (const { resultId } of inspections) await station.command('label', { resultId, defective: true, mask }, operator);
	await station.command('label', { resultId: inspections[0].resultId, defective: true, mask }, operator);
	// A quarter in both and three quarters in either; then nothing in both.
	t.match(station.stats().measuredIou.labelled, { n: 2, mean: (1 / 3 + 0) / 2 });
	await station.stop();
});

t.test('a part with several results is labelled by result', async (t) => {
	const own = t.testdir();
	const twice = [line, { ...line, id: 'cam-2' }];
	const config = configOf(own, bundle, line, { cameras: twice.map((camera) => ({ id: 'cam', ...camera })) });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	await until(() => inspections.length === 24);
	const { partId } = inspections[0];
	const ids = inspections.filter((part) => part.partId === partId).map(({ resultId }) => resultId);
	const refused = await station.command('label', { partId, defective: true }, operator);
	t.match(refused, { ok: false, error: { code: 'COMMAND_INVALID', fix: /by its resultId/ } });
	for (const id of ids) t.match(refused.error?.found, new RegExp(id));
	await station.stop();
});

t.test('scores of labelled parts are those of the bundle that runs, with what people said', async (t) => {
	const own = t.testdir();
	const config = configOf(own, bundle, line);
	const first = stationOf(config);
	await first.station.start();
	await first.until(() => first.inspections.length === 12);
	for (const { resultId, truth } of first.inspections)
		await first.station.command('label', { resultId, defective: truth!.defective }, operator);
	await first.station.command('set-threshold', { value: 0.9 }, operator);
	t.match(
		first.station.stats().feedback,
		{ labelled: { sound: { stopped: 0, passed: 0 } } },
		'a new threshold starts anew',
	);
	await first.station.stop();
	const reader = readStore(config.store.path);
	const scores = labelledScores(reader);
	reader.close();
	t.same(
		scores.map(({ resultId, group, score, defective }) => ({ resultId, group, score, defective })),
		first.inspections.map(({ resultId, partId, score, truth }) => ({
			resultId,
			group: partId,
			score,
			defective: truth!.defective,
		})),
	);
	const other = await writeStationBundle(join(own, 'other'), { version: '2' });
	const second = stationOf(configOf(own, other, line));
	await second.station.start();
	await second.station.stop();
	const later = readStore(config.store.path);
	t.same(labelledScores(later), [], 'another bundle scores otherwise');
	later.close();
});

t.test(
	'whenever the station is killed, every label that it had answered is there',
	{ skip: withoutMosquitto },
	async (t) => {
		const own = t.testdir();
		const broker = await Mosquitto.create(own);
		const subscriber = await subscribe(broker.url, 'andon/line/#');
		const file = join(own, 'station.yaml');
		const store = join(own, 'andon.db');
		const cameras = [{ id: 'cam', ...line }];
		await writeFile(
			file,
			JSON.stringify({
				station: 'line',
				bundle,
				cameras,
				mqtt: { url: broker.url },
				store: { path: store },
				console: { port: 0 },
			}),
		);
		let sent = 0;
		const results = () => subscriber.of('inspection').map(({ resultId }) => String(resultId));
		const answers = () => subscriber.of('response').filter(({ ok }) => ok);
		for (const round of [0, 1, 2]) {
			const station = runStation(file);
			const exit = once(station, 'exit');
			await subscriber.until(() => results().length >= 12);
			// It tells its state once it listens to commands.
			await subscriber.until(() => new Set(subscriber.of('state').map(({ bootId }) => bootId)).size > round);
			const before = answers().length;
			// Some are answered, some are on their way, some not read yet when it dies.
			for (let i = 0; i < 40; i++)
				await subscriber.client.publishAsync(
					'andon/line/command/label',
					JSON.stringify({ resultId: results()[i % 12], defective: i % 2 === 0, by: 'ada', id: `${sent++}` }),
					{ qos: 1 },
				);
			await subscriber.until(() => answers().length >= before + 5 + 10 * round);
			station.kill('SIGKILL');
			await exit;
		}
		const reader = readStore(store);
		const labels = [...new Set(results())].flatMap((id) => reader.labels.history(id));
		const stored = new Map(labels.map((label) => [label.number, label] as const));
		reader.close();
		t.ok(answers().length >= 45);
		for (const { label } of answers() as unknown as { label: Label }[]) t.same(stored.get(label.number), label);
		await subscriber.close();
		await broker.stop();
	},
);

function runStation(file: string) {
	const andon = fileURLToPath(new URL('../../../src/cli/andon.ts', import.meta.url));
	return spawn(process.execPath, [andon, 'run', file], {
		stdio: 'ignore',
		env: { ...process.env, ANDON_LOG: 'silent' },
	});
}
