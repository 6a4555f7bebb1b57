import { join } from 'node:path';
import t from 'tap';
import { whatIf } from '../../src/metrics/what-if.ts';
import { writeStationBundle } from '../support/station-bundle.ts';
import { configOf, stationOf } from '../support/test-station.ts';

const bundle = await writeStationBundle(join(t.testdir(), 'bundle'));
const operator = { who: 'ada', source: 'console' } as const;

t.test('what if: calibration parts by their truth, recorded parts as they came, a label before all else', async (t) => {
	const holdBand = { below: 0.05, above: 0.05 };
	const line = { source: 'simulator', fps: 60, seed: 5, count: 12 };
	const { station, inspections, until } = stationOf(configOf(t.testdir(), bundle, line, { holdBand }));
	await station.start();
	await until(() => inspections.length === 12);
	const scores = station.calibrationScores()!;
	const truthOf = (defective: boolean) =>
		inspections.filter(({ truth }) => truth!.defective === defective).map(({ score }) => score!);
	const recorded = { defective: truthOf(true), sound: truthOf(false) };
	const threshold = inspections[3].score!;
	t.match(station.whatIf(threshold), {
		threshold,
		holdBand,
		calibration: whatIf(scores, threshold, { holdBand }),
		recorded: whatIf({ ...recorded, unknown: [] }, threshold, { holdBand }),
	});
	const { resultId, truth } = inspections[3];
	const said = { resultId, defective: !truth!.defective };
	t.match(await station.command('label', said, operator), { ok: true });
	// Records are looked at anew after two seconds.
	await until(() => station.whatIf(threshold).recorded.n.defective !== recorded.defective.length);
	const { n } = station.whatIf(threshold).recorded;
	t.equal(n.defective, recorded.defective.length + (truth!.defective ? -1 : 1));
	t.equal(n.defective + n.sound, 12);
	await station.stop();
});
