import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Station } from '../../../src/station/station.ts';
import { writeGoldenBundle } from '../../support/golden-bundle.ts';
import { configOf, stationOf } from '../../support/test-station.ts';

const dir = t.testdir();
const cover = await writeGoldenBundle(join(dir, 'cover'));
const base = await writeGoldenBundle(join(dir, 'base'), { version: '2', gain: 0.99 });
const technician = { who: 'ada', source: 'console' } as const;

async function runGolden(station: Station) {
	const before = station.golden()?.id;
	const answer = await station.command('run-golden', {}, technician);
	if (!answer.ok) throw new Error(answer.error?.message);
	while (station.golden()?.id === before || station.state().golden.running) await sleep(20);
	return station.golden()!;
}

t.test('golden parts are of a recipe; a hold is of the line, and another recipe releases nothing', async (t) => {
	const recipes = [
		{ id: 'cover', bundle: cover },
		{ id: 'base', bundle: base },
	];
	const overrides = { bundle: undefined, recipes, golden: { onFailure: 'hold' } };
	const config = configOf(t.testdir(), cover, { source: 'simulator', fps: 50, seed: 5 }, overrides);
	const { station, inspections, until } = stationOf(config);
	const select = (recipe: string) => station.command('select-recipe', { recipe }, technician);
	const nextVerdict = async () => {
		const seen = inspections.length;
		await until(() => inspections.length > seen + 3);
		return inspections.at(-1)!.verdict;
	};
	await station.start();
	await station.command('set-threshold', { value: 0.95 }, technician);
	t.equal((await runGolden(station)).passed, false);
	t.equal(await nextVerdict(), 'review');

	await select('base');
	t.equal(station.golden(), undefined, 'its own parts were never run');
	t.equal(await nextVerdict(), 'review', 'the line is held still');
	t.match(await runGolden(station), { passed: true, recipe: { id: 'base' } });
	t.ok(station.state().golden.hold, 'that another recipe is well says nothing of the one that failed');

	await select('cover');
	t.equal(station.golden()?.passed, false, 'its last run is there again');
	await station.command('set-threshold', { value: 0.5 }, technician);
	t.match(await runGolden(station), { passed: true, recipe: { id: 'cover' } });
	t.equal(station.state().golden.hold, undefined);
	t.not(await nextVerdict(), 'review');
	await station.stop();
});
