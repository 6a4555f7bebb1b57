import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Inspection } from '../../../src/station/inspection.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, stationOf } from '../../support/test-station.ts';

const dir = t.testdir();
const first = await writeStationBundle(join(dir, 'first'));
const second = await writeStationBundle(join(dir, 'second'), { version: '2', gain: 0.9, threshold: 0.6 });
const line = { source: 'simulator', fps: 50, seed: 5 };
const technician = { who: 'ada', source: 'console' } as const;

const recipes = (one = first, other = second) => ({
	bundle: undefined,
	recipes: [
		{ id: 'cover', bundle: one, codes: ['4711'] },
		{ id: 'base', bundle: other, codes: ['4712', '4713'], holdBand: { below: 0.1, above: 0.1 } },
	],
});

/** Every number of a camera's sequence is there once, in order. */
function isWhole(inspections: readonly Inspection[]): boolean {
	return inspections.every(({ sequence }, i) => sequence === inspections[0].sequence + i);
}

t.test('another recipe is selected by name or code while parts flow: none is lost, each names its own', async (t) => {
	const config = configOf(t.testdir(), first, line, recipes());
	const { station, inspections, until } = stationOf(config);
	await station.start();
	t.match(station.state(), { recipe: { id: 'cover' }, recipes: [{ id: 'cover', inForce: true }, { version: '2' }] });
	const changes: { from: string; to: string; recipe: string }[] = [];
	for (const args of [{ recipe: 'base' }, { code: '4711' }, { code: '4713' }, { recipe: 'cover' }, { code: '4712' }]) {
		const seen = inspections.length;
		await until(() => inspections.length > seen + 5);
		const from = new Date().toISOString();
		const answer = await station.command('select-recipe', args, technician);
		t.match(answer, { ok: true }, JSON.stringify(answer));
		changes.push({ from, to: answer.at, recipe: answer.recipe!.id });
	}
	const seen = inspections.length;
	await until(() => inspections.length > seen + 5);
	t.match(station.audit(1)[0], {
		who: 'ada',
		what: 'recipe',
		old: { id: 'cover', threshold: 0.5 },
		new: { how: 'select-recipe', id: 'base', version: '2', threshold: 0.6 },
	});
	await station.stop();
	t.ok(isWhole(inspections));
	t.same(
		changes.map(({ recipe }) => recipe),
		['base', 'cover', 'base', 'cover', 'base'],
	);
	for (const { times, recipe, operatingPoint } of inspections) {
		const after = changes.findLast(({ to }) => times.start > to)?.recipe ?? 'cover';
		const during = changes.find(({ from, to }) => times.start >= from && times.start <= to);
		if (!during) t.equal(recipe.id, after, `${times.start} of ${JSON.stringify(changes)}`);
		t.equal(operatingPoint.threshold, recipe.id === 'cover' ? 0.5 : 0.6, 'judged by the point of its recipe');
	}
	t.equal(inspections.filter(({ verdict }) => verdict === 'not-inspected').length, 0);

	const again = stationOf(config);
	await again.station.start();
	t.equal(again.station.state().recipe.id, 'base', 'the choice survives a restart');
	t.equal(again.station.audit(1)[0].sequence, 5, 'which is no change');
	await again.station.stop();
});

t.test('a threshold belongs to its recipe', async (t) => {
	const { station } = stationOf(configOf(t.testdir(), first, line, { ...recipes(), recipe: 'base' }));
	await station.start();
	await station.command('set-threshold', { value: 0.77 }, technician);
	await station.command('select-recipe', { recipe: 'cover' }, technician);
	t.equal(station.state().operatingPoint.threshold, 0.5);
	const back = await station.command('select-recipe', { recipe: 'base' }, technician);
	t.match(back, { operatingPoint: { threshold: 0.77 }, recipe: { id: 'base' } });
	await station.stop();
});

t.test('what names no recipe is refused with what there is', async (t) => {
	const { station } = stationOf(configOf(t.testdir(), first, line, recipes()));
	await station.start();
	for (const [args, words] of [
		[{ recipe: 'lid' }, /cover, base/],
		[{ code: '9' }, /codes/],
		[{}, /either recipe or code/],
		[{ recipe: 'base', code: '4712' }, /both/],
	] as const)
		t.match(await station.command('select-recipe', args, technician), { ok: false, error: { message: words } });
	t.match(await station.command('roll-back', {}, technician), { ok: false, error: { code: 'COMMAND_INVALID' } });
	t.same(station.audit(10), []);
	await station.stop();
});

t.test('a replaced bundle is loaded while parts flow, and rolled back, over restarts too', async (t) => {
	const own = t.testdir();
	const bundle = await writeStationBundle(join(own, 'bundle'));
	const config = configOf(own, bundle, line);
	const { station, inspections, until } = stationOf(config);
	await station.start();
	await station.command('set-threshold', { value: 0.8 }, technician);
	await until(() => inspections.length > 3);
	await writeStationBundle(bundle, { version: '2', gain: 0.9 });
	const pid = station.state().cameras[0].pid!;
	process.kill(pid, 'SIGKILL');
	await until(() => station.state().cameras[0].restarts === 1 && station.state().status === 'running');
	t.equal(station.state().recipe.version, '1', 'a replaced folder changes nothing by itself, not even after a crash');
	const lost = inspections.filter(({ verdict }) => verdict === 'not-inspected').length;
	t.ok(lost <= 1);
	t.match(await station.command('load-bundle', {}, technician), { ok: true, recipe: { version: '2' } });
	const seen = inspections.length;
	await until(() => inspections.length > seen + 5);
	t.match(inspections.at(-1), { recipe: { version: '2' }, operatingPoint: { threshold: 0.5 } });
	t.match(await station.command('roll-back', {}, technician), { ok: true, recipe: { version: '1' } });
	t.equal(station.state().operatingPoint.threshold, 0.8, 'with the threshold that was set for it');
	await until(() => inspections.at(-1)?.recipe.version === '1');
	await station.stop();
	t.ok(isWhole(inspections));
	t.equal(inspections.filter(({ verdict }) => verdict === 'not-inspected').length, lost);

	const again = stationOf(config);
	await again.station.start();
	t.equal(again.station.state().recipe.version, '1', 'although another bundle lies in its folder');
	t.match(await again.station.command('roll-back', {}, technician), { ok: true, recipe: { version: '2' } });
	t.match(
		again.station.audit(3).map(({ new: now }) => (now as { how?: string }).how),
		['roll-back', 'roll-back', 'load-bundle'],
	);
	await again.station.stop();
	t.equal((await readdir(`${config.store.path}.bundles`)).length, 2, 'copies that nobody needs are gone');
});

t.test('a bundle that cannot be used is refused, and the old one goes on', async (t) => {
	const own = t.testdir();
	const bundle = await writeStationBundle(join(own, 'bundle'));
	const { station, inspections, until } = stationOf(configOf(own, bundle, line));
	await station.start();
	const refuse = async (code: string) => {
		t.match(await station.command('load-bundle', {}, technician), { ok: false, error: { code } });
		t.equal(station.state().recipe.version, '1');
		const seen = inspections.length;
		await until(() => inspections.length > seen + 3);
	};
	await writeStationBundle(bundle, { version: '2' });
	await writeFile(join(bundle, 'calibration.json'), '{}');
	await refuse('BUNDLE_DIGEST_MISMATCH');
	await writeStationBundle(bundle, { version: '3', gain: 0.9, parityOf: 0.7 });
	await refuse('BUNDLE_PARITY_FAILED');
	await rm(bundle, { recursive: true });
	await refuse('BUNDLE_MISSING');
	t.same(station.audit(10), []);
	await station.stop();
	t.ok(isWhole(inspections));
	t.equal(inspections.filter(({ verdict }) => verdict === 'not-inspected').length, 0);
	t.equal(station.state().cameras[0].restarts, 0, 'it was proved in a process of its own');
});

t.test('a bundle of another folder comes from below the configured root alone', async (t) => {
	const own = t.testdir();
	await writeStationBundle(join(own, 'bundles', 'tiles', 'v2'), { version: '2' });
	const secret = await writeStationBundle(join(own, 'secret'), { version: '3' });
	const { station } = stationOf(configOf(own, first, line, { bundles: join(own, 'bundles') }));
	await station.start();
	for (const path of ['../secret', secret, 'tiles/../../secret', '.', 'missing'])
		t.match(await station.command('load-bundle', { path }, technician), { error: { code: 'COMMAND_INVALID' } }, path);
	t.match(await station.command('load-bundle', { path: 'tiles/v2' }, technician), { ok: true });
	t.match(station.state().recipes[0], { version: '2', bundle: join(own, 'bundles', 'tiles', 'v2') });
	await station.stop();
	const without = stationOf(configOf(join(own, 'without'), first, line));
	await without.station.start();
	t.match(await without.station.command('load-bundle', { path: 'tiles/v2' }, technician), {
		error: { message: /bundles/ },
	});
	await without.station.stop();
});
