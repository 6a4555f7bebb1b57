import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import type { Inspection } from '../../../src/station/inspection.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, greyImage, stationOf } from '../../support/test-station.ts';

const dir = t.testdir();
const bundles = join(dir, 'bundles');
const first = await writeStationBundle(join(bundles, 'first'), { version: '1' });
const second = await writeStationBundle(join(bundles, 'second'), { version: '2', gain: 0.9 });
const technician = { who: 'ada', source: 'console' } as const;
const image = await encodePng(greyImage(230));
/** A loaded test machine must make no part late; how long the longest took is said. */
const limits = { deadlineMs: 20_000, queue: { limit: 64 } };

const cameras = ['left', 'right'].map((id) => ({ id, source: 'http' }));

/** A line that does not wait: a part for each camera every 40 ms. */
function runLine(ask: (camera: string) => Promise<Inspection>) {
	const answers: Promise<Inspection>[] = [];
	const timer = setInterval(() => {
		for (const { id } of cameras) answers.push(ask(id));
	}, 40);
	return {
		async stop(): Promise<Inspection[]> {
			clearInterval(timer);
			return Promise.all(answers);
		},
	};
}

t.test(
	'bundles are loaded while a line runs that does not wait: no part is lost or late, no two cameras differ for long',
	async (t) => {
		const config = configOf(t.testdir(), first, {}, { cameras, bundles, ...limits });
		const { station, inspections } = stationOf(config);
		await station.start();
		const line = runLine((camera) => station.ask({ camera, image }));
		const changes: { from: string; to: string; version: string }[] = [];
		for (let i = 0; i < 10; i++) {
			await sleep(60);
			const from = new Date().toISOString();
			const answer = await station.command('load-bundle', { path: i % 2 === 0 ? 'second' : 'first' }, technician);
			t.match(answer, { ok: true }, JSON.stringify(answer));
			changes.push({ from, to: answer.at, version: answer.recipe!.version });
		}
		await sleep(60);
		const answers = await line.stop();
		await station.stop();
		t.same(
			answers.filter(({ verdict }) => verdict === 'not-inspected').map(({ reason }) => reason),
			[],
		);
		for (const { id } of cameras) {
			const sequences = inspections.filter(({ camera }) => camera === id).map(({ sequence }) => sequence);
			t.same(
				sequences,
				sequences.map((_, i) => i + 1),
				`every part of ${id} once, in order`,
			);
		}
		for (const { times, recipe, score } of answers) {
			t.equal(
				score!.toFixed(3),
				recipe.version === '1' ? '0.902' : '0.812',
				'recorded under the one that inspected it',
			);
			const isDuring = changes.some(({ from, to }) => times.start >= from && times.start <= to);
			const after = changes.findLast(({ to }) => times.start > to)?.version ?? '1';
			if (!isDuring) t.equal(recipe.version, after);
		}
		const latencies = answers.map(({ times }) => times.latencyMs).sort((a, b) => a - b);
		t.comment(`${answers.length} parts, the longest from trigger to decision ${latencies.at(-1)!.toFixed(0)} ms`);
	},
);

t.test('a part that is asked for with the code of its product is inspected by its recipe', async (t) => {
	const recipes = [
		{ id: 'one', bundle: first, codes: ['A'] },
		{ id: 'two', bundle: second, codes: ['B'] },
	];
	const { station } = stationOf(configOf(t.testdir(), first, {}, { bundle: undefined, cameras, recipes }));
	await station.start();
	const took: number[] = [];
	for (let i = 0; i < 20; i++) {
		const code = i % 2 === 0 ? 'B' : 'A';
		const startedAt = performance.now();
		t.match(await station.command('select-recipe', { code }, technician), { ok: true });
		took.push(performance.now() - startedAt);
		const parts = cameras.map(({ id }) => station.ask({ camera: id, image }));
		for (const { recipe } of await Promise.all(parts)) t.equal(recipe.id, code === 'A' ? 'one' : 'two');
	}
	t.match(station.state().recipes, [
		{ codes: ['A'], inForce: true },
		{ codes: ['B'], inForce: false, version: '2' },
	]);
	t.match(
		await station.command('roll-back', {}, technician),
		{ ok: false },
		'a line that changes products is not undone',
	);
	await station.stop();
	t.comment(`a code changes the recipe in ${took.sort((a, b) => a - b)[10].toFixed(0)} ms`);
});

t.test('one camera that cannot load a bundle keeps it from all', async (t) => {
	const own = t.testdir();
	const config = configOf(
		own,
		first,
		{},
		{
			cameras: [
				{ id: 'left', source: 'http' },
				{ id: 'right', source: 'http', mmPerPixel: 0.1 },
			],
			bundles,
		},
	);
	const { station } = stationOf(config);
	await station.start();
	const [, right] = station.state().cameras;
	// It answers nothing any more; the watchdog ends it.
	process.kill(right.pid!, 'SIGSTOP');
	const answer = await station.command('load-bundle', { path: 'second' }, technician);
	t.match(answer, { ok: false, error: { code: 'INSPECTOR_LOST' } });
	t.match(await station.ask({ camera: 'left', image }), { recipe: { version: '1' } });
	t.same(station.audit(5), []);
	t.match(await station.command('load-bundle', { path: 'second' }, technician), { ok: true });
	t.match(await station.ask({ camera: 'left', image }), { recipe: { version: '2' } });
	await station.stop();
});

t.test(
	'a model that takes long to open is refused while parts come, and loaded while the line is paused',
	async (t) => {
		// Half of the shortest deadline is less than a network takes.
		await cp('models/demo', join(bundles, 'demo'), { recursive: true });
		const config = configOf(t.testdir(), first, {}, { cameras, bundles, deadlineMs: 10 });
		const { station } = stationOf(config);
		await station.start();
		const demo = JSON.parse(await readFile('models/demo/manifest.json', 'utf8'));
		const refused = await station.command('load-bundle', { path: 'demo' }, technician);
		t.match(refused, { ok: false, error: { code: 'COMMAND_INVALID', found: /ms/, fix: /pause/ } });
		await station.command('pause', {}, technician);
		t.match(await station.command('load-bundle', { path: 'demo' }, technician), {
			ok: true,
			recipe: { id: demo.name },
		});
		await station.stop();
	},
);
