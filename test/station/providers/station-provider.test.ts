/** What a running station says of the provider it runs on. */
import { join } from 'node:path';
import t from 'tap';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, stationOf, writeImages } from '../../support/test-station.ts';

const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));

t.test('a station on the processor says so, and where every node of its model runs', async (t) => {
	const { station } = await started(t.testdir(), 'cpu');
	t.match(station.state(), {
		status: 'running',
		provider: 'cpu',
		providers: { wanted: ['cpu'], used: 'cpu', why: 'as the station is configured', passedOver: [] },
		placement: { CPUExecutionProvider: { ReduceMax: 1 } },
		precisionReason: /default/,
	});
	t.equal(station.state().fault, undefined);
	await station.stop();
});

t.test('one that had to pass over a provider inspects, and is degraded for everybody to see', async (t) => {
	const { station, inspections, until } = await started(t.testdir(), ['cuda', 'cpu']);
	await until(() => inspections.length > 0);
	t.match(station.state(), {
		status: 'degraded',
		provider: 'cpu',
		providers: { wanted: ['cuda', 'cpu'], used: 'cpu', passedOver: [{ provider: 'cuda', reason: /load/ }] },
		fault: { code: 'PROVIDER_UNAVAILABLE', message: /inspected on cpu/ },
	});
	t.match(inspections[0], { provider: 'cpu', verdict: 'ok' });
	await station.stop();
});

t.test('one that may use no other does not start', async (t) => {
	await t.rejects(started(t.testdir(), 'cuda'), { code: 'PROVIDER_UNAVAILABLE', facts: { found: /cuda/ } });
});

async function started(dir: string, provider: string | string[]) {
	const camera = { source: 'folder', path: await writeImages(join(dir, 'images'), 2) };
	const run = stationOf(configOf(dir, bundle, camera, { provider }));
	await run.station.start();
	return run;
}
