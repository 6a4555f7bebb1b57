/** A real station, scraped through its page as Prometheus would. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openConsole } from '../../../src/console/server/console.ts';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, greyImage, stationOf } from '../../support/test-station.ts';

interface Sample {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

/** Prometheus' text format 0.0.4: every line is a comment, empty or a sample; all samples of a metric follow its TYPE. */
function parse(text: string): { samples: Sample[]; types: Map<string, string> } {
	const types = new Map<string, string>();
	const samples: Sample[] = [];
	let current = '';
	for (const line of text.split('\n')) {
		const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
		if (type) {
			if (types.has(type[1])) throw new Error(`${type[1]} is described twice`);
			types.set((current = type[1]), type[2]);
			continue;
		}
		if (line === '' || /^# HELP \S+ \S/.test(line)) continue;
		const sample = /^([a-z][a-z0-9_]*)(?:\{(.*)\})? (-?[0-9.e+-]+)$/.exec(line);
		if (!sample?.[1].startsWith(current)) throw new Error(`no sample of ${current}: ${line}`);
		const labels = [...(sample[2] ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
		samples.push({ name: sample[1], labels: Object.fromEntries(labels), value: Number(sample[3]) });
	}
	return { samples, types };
}

t.test('a scrape tells what a station does and how long it takes', async (t) => {
	const dir = t.testdir({ images: {} });
	const bundle = await writeStationBundle(join(dir, 'bundle'));
	for (const [i, grey] of [40, 230, 40, 230].entries())
		await writeFile(join(dir, 'images', `${i}.png`), await encodePng(greyImage(grey)));
	await writeFile(join(dir, 'images', '4.png'), 'no image');
	const camera = { source: 'folder', path: join(dir, 'images') };
	const { station, inspections, until } = stationOf(configOf(dir, bundle, camera));
	await station.start();
	const page = await openConsole(station, { port: 0 });
	t.teardown(async () => {
		await page.close();
		await station.stop();
	});
	await until(() => inspections.length === 5 && station.state().counters.published === 5);
	const answer = await fetch(`${page.url}/metrics`);
	t.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
	const { samples, types } = parse(await answer.text());
	const of = (name: string, labels: object = {}) =>
		samples.filter(
			(sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v),
		);
	const one = (name: string, labels: object = {}) => {
		t.equal(of(name, labels).length, 1, `${name} ${JSON.stringify(labels)}`);
		return of(name, labels)[0]?.value;
	};

	t.equal(one('andon_parts_total', { verdict: 'ok' }), 2);
	t.equal(one('andon_parts_total', { verdict: 'defect' }), 2);
	t.equal(one('andon_parts_total', { verdict: 'not-inspected' }), 1);
	t.equal(one('andon_parts_not_inspected_total', { code: 'IMAGE_UNREADABLE', camera: 'cam' }), 1);
	t.equal(one('andon_inspections_published_total'), 5);
	t.equal(one('andon_outbox_pending_messages'), 0);
	t.equal(one('andon_queue_parts', { camera: 'cam' }), 0);
	t.equal(one('andon_inspector_restarts_total'), 0);
	t.equal(one('andon_broker_connected'), 1);
	t.equal(one('andon_station_status', { status: 'running' }), 1);
	t.equal(one('andon_station_info', { provider: 'cpu', precision: 'fp32', recipe: 'bright' }), 1);

	const stage = 'andon_part_stage_duration_seconds';
	t.equal(types.get(stage), 'histogram');
	for (const [name, parts] of Object.entries({ wait: 4, acquire: 4, infer: 4, decide: 4, record: 5, publish: 5 })) {
		t.equal(one(`${stage}_count`, { stage: name }), parts);
		t.equal(one(`${stage}_bucket`, { stage: name, le: '+Inf' }), parts);
		t.ok(one(`${stage}_sum`, { stage: name })! >= 0);
	}
	const inferred = of(`${stage}_sum`, { stage: 'infer' })[0].value;
	const told = inspections.reduce((sum, { times }) => sum + times.inferenceMs / 1000, 0);
	t.ok(Math.abs(inferred - told) < 1e-6, 'seconds, the same as in the records');
	t.equal(one('andon_part_latency_seconds_count'), 4);

	const own = one('andon_process_resident_memory_bytes', { process: 'supervisor' });
	const child = one('andon_process_resident_memory_bytes', { process: 'inspector', camera: 'cam' });
	for (const bytes of [own, child]) t.ok(bytes! > 2 ** 20 && bytes! < 2 ** 34);
	for (const quantile of ['0.5', '0.99', '1']) t.ok(one('andon_event_loop_delay_seconds', { quantile })! >= 0);
	for (const { labels } of samples) t.equal(labels.station, 'line');
	const described = await readFile(fileURLToPath(new URL('../../../docs/metrics.md', import.meta.url)), 'utf8');
	for (const name of types.keys()) t.ok(described.includes(`| \`${name}\` |`), `docs/metrics.md describes ${name}`);
});

t.test('two scrapes count the same parts once', async (t) => {
	const dir = t.testdir({});
	const bundle = await writeStationBundle(join(dir, 'bundle'));
	const { station, inspections, until } = stationOf(configOf(dir, bundle, { source: 'simulator', count: 3 }));
	await station.start();
	await until(() => inspections.length === 3);
	const counted = async () =>
		parse((await station.metrics()).text)
			.samples.filter(({ name }) => name === 'andon_parts_total')
			.reduce((sum, { value }) => sum + value, 0);
	t.equal(await counted(), 3);
	t.equal(await counted(), 3);
	await station.stop();
});
