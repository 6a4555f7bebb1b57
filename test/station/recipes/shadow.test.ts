import { join } from 'node:path';
import t from 'tap';
import { runAndon } from '../../support/run-andon.ts';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, stationOf, writeImages } from '../../support/test-station.ts';

const dir = t.testdir();
const images = await writeImages(join(dir, 'images'), 8);
const bundles = join(dir, 'bundles');
const first = await writeStationBundle(join(dir, 'first'));
// Grey 230 gives 0.90 by the first and 0.45 by the blind one, whose own threshold is 0.6; 40 gives 0.16 and 0.08.
await writeStationBundle(join(bundles, 'blind'), { version: '2', gain: 0.5, threshold: 0.6 });
await writeStationBundle(join(bundles, 'alike'), { version: '3', gain: 0.99 });
await writeStationBundle(join(bundles, 'strict'), { version: '4', threshold: 0.1 });
const technician = { who: 'ada', source: 'console' } as const;
const line = { source: 'folder', path: images, loop: true, fps: 50 };

t.test('a candidate scores the same parts without effect, and the parts that differ are listed', async (t) => {
	const config = configOf(t.testdir(), first, line, { bundles, feedback: { keep: 'all' } });
	const { station, inspections, until } = stationOf(config);
	await station.start();
	t.match(await station.command('shadow', { path: 'blind' }, technician), { ok: true, recipe: { version: '1' } });
	await until(() => (station.state().shadow?.of ?? 0) >= 8);
	await until(() => inspections.length > 20);
	const { shadow } = station.state();
	t.match(shadow, { candidate: { version: '2' }, moreDefects: 0, otherwise: 0, failed: 0 });
	t.ok(shadow!.fewerDefects >= 3 && shadow!.agree >= 3, JSON.stringify(shadow));
	t.equal(shadow!.agree + shadow!.fewerDefects, shadow!.scored);
	t.ok(Math.abs(shadow!.scoreDifference!.largest - 0.45) < 0.01);
	for (const { recipe, operatingPoint, score, verdict } of inspections) {
		t.match({ recipe, operatingPoint }, { recipe: { version: '1' }, operatingPoint: { threshold: 0.5 } });
		t.equal(verdict, score! > 0.5 ? 'defect' : 'ok');
	}
	const listed = await listedDifferences(config.store.path, 2);
	t.match(listed.differences[0], {
		incumbent: { verdict: 'defect', threshold: 0.5 },
		candidate: { verdict: 'ok', threshold: 0.6 },
		frame: new RegExp(`${listed.differences[0].resultId}.png$`),
	});
	t.match((await runAndon('shadow', config.store.path)).stdout, /defect \(0\.902 at 0\.500\) +ok \(0\.451 at 0\.600\)/);
	await station.stop();

	const again = stationOf(config);
	await again.station.start();
	const { shadow: then } = again.station.state();
	t.ok(then!.scored >= shadow!.scored, 'what was found survives a restart');
	t.equal(then!.since, shadow!.since);
	await again.until(() => again.station.state().shadow!.scored > then!.scored);
	t.match(await again.station.command('shadow', { off: true }, technician), { ok: true });
	t.equal(again.station.state().shadow, undefined);
	t.match(await again.station.command('promote', {}, technician), { error: { code: 'COMMAND_INVALID' } });
	await again.station.stop();
});

t.test(
	'a candidate is promoted on command, with what it rests on in the audit log, and rolled back at once',
	async (t) => {
		const config = configOf(t.testdir(), first, line, { bundles });
		const { station, inspections, until } = stationOf(config);
		await station.start();
		await station.command('set-threshold', { value: 0.7 }, technician);
		await station.command('shadow', { path: 'strict' }, technician);
		await until(() => (station.state().shadow?.moreDefects ?? 0) >= 3);
		t.match(await station.command('promote', { reason: 'certified' }, technician), {
			ok: true,
			recipe: { version: '4' },
			operatingPoint: { threshold: 0.1 },
		});
		t.match(station.audit(1)[0], {
			reason: 'certified',
			new: { how: 'promote', version: '4', because: { fewerDefects: 0, candidate: { version: '4' } } },
		});
		t.equal(station.state().shadow, undefined);
		await until(() => inspections.at(-1)?.recipe.version === '4');
		const startedAt = performance.now();
		t.match(await station.command('roll-back', {}, technician), {
			ok: true,
			recipe: { version: '1' },
			operatingPoint: { threshold: 0.7 },
		});
		t.comment(`rolled back in ${Math.round(performance.now() - startedAt)} ms`);
		await until(() => inspections.at(-1)?.recipe.version === '1');
		await station.stop();
		t.ok(inspections.every(({ sequence, verdict }, i) => sequence === i + 1 && verdict !== 'not-inspected'));
	},
);

t.test('the bundle in force is no candidate, and one that cannot be used changes nothing', async (t) => {
	const own = t.testdir();
	await writeStationBundle(join(own, 'bundles', 'wrong'), { version: '5', parityOf: 0.7 });
	const { station } = stationOf(configOf(own, first, line, { bundles: join(own, 'bundles') }));
	await station.start();
	t.match(await station.command('shadow', {}, technician), { error: { code: 'COMMAND_INVALID', message: /same/ } });
	t.match(await station.command('shadow', { path: 'wrong' }, technician), { error: { code: 'BUNDLE_PARITY_FAILED' } });
	t.equal(station.state().shadow, undefined);
	t.same(station.audit(5), []);
	await station.stop();
});

/** They are remembered within a second or so. */
async function listedDifferences(store: string, count: number) {
	for (;;) {
		const { stdout } = await runAndon('shadow', store, '--json', '--limit', String(count));
		const listed = JSON.parse(stdout);
		if (listed.differences?.length === count) return listed;
	}
}
