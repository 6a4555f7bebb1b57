import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { openBundle } from '../../../src/bundle/open-bundle.ts';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { SimulatedLine } from '../../../src/imaging/simulated-line/simulated-line.ts';
import { fitDrift, writeDrift } from '../../../src/pipeline/drift-file.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { subscribe } from '../../support/subscriber.ts';
import { configOf, stationOf } from '../../support/test-station.ts';

const PARTS = 100;

t.test('a lamp that loses a third of its light voids the promise on every channel, until it is mended', async (t) => {
	const own = t.testdir({ images: {} });
	const bundle = await openBundle(await writeStationBundle(join(own, 'bundle')));
	const source = 'simulated:seed=11,count=400,size=64,defectRate=0.2';
	const { file } = await fitDrift(bundle, await openDataset(source), { split: 'all' });
	await writeDrift(bundle, file);
	await writeLine(join(own, 'images'));
	const camera = { source: 'folder', path: join(own, 'images') };
	// Whatever chance says, an alarm before the change is one in ten thousand.
	const config = configOf(own, bundle.dir, camera, { drift: { falseAlarmParts: 1_000_000 } });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	const subscriber = await subscribe(station.brokerUrl, 'andon/line/#', 4);
	await until(() => inspections.length === 2 * PARTS);
	await subscriber.until(() => subscriber.of('alert').some(({ kind }) => kind === 'drift'));
	await subscriber.until(() => subscriber.of('state').some(({ promiseVoid }) => promiseVoid !== undefined));
	await subscriber.close();
	await until(() => station.state().drift.cameras[0].parts === 2 * PARTS);
	const { drift, promiseVoid, status } = station.state();
	t.equal(drift.cameras[0].parts, 2 * PARTS);
	t.equal(status, 'degraded');
	t.match(promiseVoid?.join(), /darker than in calibration since part/);
	const dark = drift.cameras[0].alarms.find(({ statistic }) => statistic === 'brightness')!;
	t.ok(Math.abs(dark.since.sequence - PARTS) < 15, `since part ${dark.since.sequence}`);
	t.ok(inspections.slice(0, PARTS).every((inspection) => inspection.promiseVoid === undefined));
	t.match(inspections.at(-1)!.promiseVoid?.join(), /darker/);
	t.ok(station.audit(10).some(({ what, new: said }) => what === 'drift' && /darker/.test(String(said))));
	await station.stop();

	const again = stationOf(config);
	await again.station.start();
	t.match(again.station.state().promiseVoid?.join(), /darker/, 'it still stands after a restart');
	const answer = await again.station.command('reset-drift', { reason: 'new lamp' }, { who: 'ada', source: 'console' });
	t.match(answer, { ok: true });
	t.equal(again.station.state().promiseVoid, undefined);
	t.match(again.station.audit(1), [{ who: 'ada', what: 'drift', reason: 'new lamp' }]);
	await again.station.stop();
});

async function writeLine(dir: string): Promise<void> {
	const line = new SimulatedLine({ seed: 12, width: 64, height: 64, defectRate: 0 });
	for (let i = 0; i < 2 * PARTS; i++) {
		const { pixels } = line.part(i);
		const data = i < PARTS ? pixels.data : pixels.data.map((value) => Math.round(0.67 * value));
		await writeFile(join(dir, `${String(i).padStart(3, '0')}.png`), await encodePng({ ...pixels, data }));
	}
}
