import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { freePort } from '../../src/base/local-port.ts';
import { readStore } from '../../src/station/store/read-store.ts';
import { runAndon } from '../support/run-andon.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { configOf, stationOf } from '../support/test-station.ts';

const dir = t.testdir();
const bundle = await writeStationBundle(join(dir, 'bundle'));
const line = { source: 'simulator', seed: 5, count: 24, fps: 40 };
const json = async (...args: string[]) => {
	const { code, stdout, stderr } = await runAndon('feedback', ...args, '--json');
	return { code, stderr, result: JSON.parse(stdout) };
};

t.test('parts are listed, labelled and audited while no station runs', async (t) => {
	const config = configOf(t.testdir(), bundle, line, { feedback: { keep: 'sample', sampleOneIn: 2 } });
	const { station, until, inspections } = stationOf(config);
	await station.start();
	await until(() => inspections.length === 24);
	await station.stop();
	const store = config.store.path;
	const waiting = await json('list', store, '--waiting');
	t.ok(waiting.result.length > 2 && waiting.result.length < 22);
	t.match(waiting.result[0], { drawn: 0.5, frame: /andon\.db\.frames.*\.png$/ });
	t.equal((await runAndon('feedback', 'list', store)).stdout.trim(), 'none');
	const [{ resultId, partId }, second] = waiting.result;
	const labelled = await json('label', store, '--result', resultId, '--defective', '--class', 'pit', '--by', 'ada');
	t.match(labelled.result, { resultId, defective: true, class: 'pit', who: 'ada', source: 'cli' });
	await json('label', store, '--part', second.partId, '--sound', '--reason', 'washed off');
	await json('label', store, '--part', partId, '--sound', '--by', 'bo');
	const left = await json('list', store, '--waiting');
	t.equal(left.result.length, waiting.result.length - 2);
	t.match((await json('list', store)).result, [
		{ partId, label: { defective: false, who: 'bo' } },
		{ partId: second.partId, label: { defective: false, reason: 'washed off' } },
	]);
	t.match((await json('list', store, '--result', resultId)).result, [
		{ label: { class: 'pit' } },
		{ label: { who: 'bo' } },
	]);
	t.match((await json('audit', store, '--confidence', '0.9')).result, {
		confidence: 0.9,
		drawn: { labelled: 2, unlabelled: left.result.length },
		falseRejects: { n: 2 },
		recall: undefined,
	});
	const words = (await runAndon('feedback', 'audit', store)).stdout;
	t.match(words, /not known: no drawn part is labelled defective/);
	t.match(words, /each drawn part without a label counted as one/);
});

t.test('a running station is read directly and told over MQTT', async (t) => {
	const own = t.testdir();
	const file = join(own, 'station.yaml');
	const store = join(own, 'andon.db');
	const port = await freePort();
	const settings = { mqtt: { embedded: { port } }, store: { path: store }, console: { port: 0 }, deadlineMs: 20_000 };
	await writeFile(file, JSON.stringify({ station: 'line', bundle, cameras: [{ id: 'cam', ...line }], ...settings }));
	const andon = fileURLToPath(new URL('../../src/cli/andon.ts', import.meta.url));
	const station = spawn(process.execPath, [andon, 'run', file], { stdio: ['ignore', 'ignore', 'pipe'] });
	await once(station.stderr, 'data');
	await recorded(store);
	const reader = readStore(store);
	const { resultId } = reader.inspections.recent(1)[0];
	const sent = await json('label', file, '--result', resultId, '--defective', '--by', 'ada', '--reason', 'seen');
	t.match(sent.result, { resultId, defective: true, who: 'ada', source: 'mqtt', reason: 'seen' });
	t.match(reader.labels.recent(1), [{ resultId, who: 'ada' }], 'durable when it is answered');
	reader.close();
	t.match((await json('list', file)).result, [{ resultId }]);
	const refused = await json('label', file, '--result', 'nothing', '--sound');
	t.equal(refused.code, 1);
	t.match(refused.result.error, { code: 'COMMAND_INVALID', found: 'nothing', expected: /such as line-/ });
	t.match((await json('label', store, '--result', resultId, '--sound')).result.error, {
		code: 'USAGE',
		fix: /station\.yaml/,
	});
	station.kill('SIGTERM');
	await once(station, 'exit');
});

t.test('what cannot be meant is refused', async (t) => {
	const missing = join(t.testdir(), 'none.db');
	t.match((await json('label', missing, '--result', 'x', '--sound')).result.error, { code: 'FILE_UNREADABLE' });
	t.match((await json('list', missing)).result.error, { code: 'FILE_UNREADABLE' });
	t.match((await json('label', missing, '--result', 'x')).result.error, {
		code: 'USAGE',
		expected: /--defective or --sound/,
	});
	t.match((await json('audit', missing, '--confidence', '1')).result.error, { code: 'USAGE' });
	t.match(await runAndon('feedback', 'label', missing, '--sound', '--defective'), {
		code: 1,
		stderr: /cannot be used with/,
	});
});

/** Resolves once a part is in the store. */
async function recorded(path: string): Promise<void> {
	for (;;) {
		try {
			const reader = readStore(path);
			const number = reader.inspections.lastNumber();
			reader.close();
			if (number > 0) return;
		} catch {
			// Not there yet.
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
