import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { runAndon } from '../support/run-andon.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { greyImage } from '../support/test-station.ts';

const bundle = await writeStationBundle(join(t.testdir(), 'bundle'), { threshold: 0.65 });

t.test('`demo --frames --json` ends by itself with exactly the promised summary', async (t) => {
	const { code, stdout, stderr } = await runAndon('demo', '--bundle', bundle, '--frames', '25', '--json');
	t.equal(code, 0, stderr);
	const summary = JSON.parse(stdout);
	t.same(Object.keys(summary), [
		'frames',
		'inspections',
		'published',
		'confusion',
		'recall',
		'falseRejectRate',
		'latencyMs',
		'fps',
		'provider',
	]);
	const { frames, inspections, published, confusion, recall } = summary;
	t.same([frames, inspections, published], [25, 25, 25]);
	const { tp, fp, tn, fn } = confusion;
	t.equal(tp + fp + tn + fn, 25);
	t.equal(recall, tp / (tp + fn));
	t.ok(summary.latencyMs.p50 > 0 && summary.latencyMs.p99 >= summary.latencyMs.p50);
	t.equal(summary.provider, 'cpu');
});

t.test('`demo` prints a line per decision', async (t) => {
	const { code, stdout } = await runAndon('demo', '--bundle', bundle, '--frames', '5');
	t.equal(code, 0);
	t.match(stdout, /page {2}http:\/\/127\.0\.0\.1:\d+/);
	t.equal(stdout.split('\n').filter((line) => /^ +\d+ {2}(ok|defect)/.test(line)).length, 5);
});

t.test('`demo` ends by itself where something else has the usual port of a broker', async (t) => {
	const other = createServer().listen(1883, '127.0.0.1');
	// Taken either way: by us, or by a broker that runs here.
	await new Promise<void>((resolve) => other.once('listening', resolve).once('error', () => resolve()));
	const { code, stdout } = await runAndon('demo', '--bundle', bundle, '--frames', '5', '--json');
	other.close();
	t.equal(code, 0);
	t.equal(JSON.parse(stdout).published, 5);
});

t.test('`demo --port` insists on its port', async (t) => {
	const taken = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => taken.once('listening', resolve));
	const { port } = taken.address() as { port: number };
	const { code, stderr } = await runAndon('demo', '--bundle', bundle, '--frames', '5', '--port', String(port));
	taken.close();
	t.equal(code, 1);
	t.match(stderr, /PORT_UNAVAILABLE/);
});

t.test('`inspect` judges files and draws what it saw; a bad one is not inspected', async (t) => {
	const dir = t.testdir({ 'bad.png': 'no image' });
	await writeFile(join(dir, 'dark.png'), await encodePng(greyImage(30)));
	await writeFile(join(dir, 'bright.png'), await encodePng(greyImage(230)));
	const files = ['dark.png', 'bright.png', 'bad.png'].map((name) => join(dir, name));
	const { code, stdout } = await runAndon('inspect', bundle, ...files, '--overlay', join(dir, 'seen'), '--json');
	t.equal(code, 1, 'one was not inspected');
	const { inspections, threshold } = JSON.parse(stdout);
	t.equal(threshold, 0.65);
	t.same(
		inspections.map(({ verdict }: { verdict: string }) => verdict),
		['ok', 'defect', 'not-inspected'],
	);
	t.match(inspections[2].reason, /IMAGE_UNREADABLE/);
	t.same(await readdir(join(dir, 'seen')), ['001-dark.jpg', '002-bright.jpg']);
	t.equal((await runAndon('inspect', bundle, files[0])).code, 0);
});

t.test('`inspect` decides by rules of the command line, of a station, or both', async (t) => {
	const dir = t.testdir({
		'station.yaml': `{station: line, bundle: nowhere, cameras: [{id: a, source: simulator, mmPerPixel: 0.5},
			{id: b, source: simulator, mmPerPixel: 0.1}], decision: {severity: [review if total area > 1000 mm²]}}`,
	});
	// Marked all over, and below the threshold.
	const image = join(dir, 'grey.png');
	await writeFile(image, await encodePng(greyImage(150)));
	const inspect = async (...flags: string[]) =>
		JSON.parse((await runAndon('inspect', bundle, image, ...flags, '--json')).stdout);
	const one = async (...flags: string[]) => (await inspect(...flags)).inspections[0];
	t.match(await one(), { verdict: 'ok', defects: [{ areaPx: 64 * 64 }] });
	t.match(await one('--mm-per-pixel', '0.5', '--rule', 'defect if area > 1000 mm²'), {
		verdict: 'defect',
		why: 'Defect, 1024 mm², 45 mm long: rule "defect if area > 1000 mm²".',
	});
	const config = ['--config', join(dir, 'station.yaml')];
	t.match(await one(...config, '--camera', 'a'), { verdict: 'review', rule: 'review if total area > 1000 mm²' });
	t.equal((await one(...config, '--camera', 'b')).verdict, 'ok');
	t.match(await one(...config, '--camera', 'b', '--rule', 'defect if length >= 9 mm'), { verdict: 'defect' });
	t.match(await inspect(...config), { error: { code: 'USAGE', expected: /--camera/ } });
	t.match(await inspect('--rule', 'ok if count < 2'), { error: { code: 'USAGE', message: /allowRelaxing/ } });
	const relaxed = await inspect('--rule', 'ok if count < 2', '--allow-relaxing');
	t.match(relaxed.promiseVoid, [/^The rule "ok if count < 2" may pass/]);
	const { stdout } = await runAndon('inspect', bundle, image, '--rule', 'review if any defect');
	t.match(
		stdout,
		/^review .*1 defect\n {4}1 defect, .*: rule "review if any defect"\.\n {4}defect, 4096 px², 91 px long, peak 0\.588, at 0, 0\n$/,
	);
});

t.test('`run --check` only checks, and names what is wrong', async (t) => {
	const dir = t.testdir({
		'good.yaml': `{station: line, bundle: nowhere, cameras: [{id: a, source: simulator}]}`,
		'bad.yaml': `{station: line, bundle: nowhere, cameras: [{id: a, source: simulator, speed: 9}]}`,
	});
	const good = await runAndon('run', '--check', '--json', join(dir, 'good.yaml'));
	t.equal(good.code, 0);
	t.match(JSON.parse(good.stdout), { checked: true, stations: [{ station: 'line' }] });
	const bad = await runAndon('run', '--check', join(dir, 'bad.yaml'));
	t.equal(bad.code, 1);
	t.match(bad.stderr, /cameras\.0.*speed.*CONFIG_INVALID/);
});
