import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { writeStationBundle } from '../../support/station-bundle.ts';
import { configOf, stationOf } from '../../support/test-station.ts';

const dir = t.testdir();
const bundles = join(dir, 'bundles');
const first = await writeStationBundle(join(bundles, 'first'), { version: '1', threshold: 0.5 });
await writeStationBundle(join(bundles, 'second'), { version: '2', gain: 0.9, threshold: 0.6 });
const entry = fileURLToPath(new URL('../../support/reload-station-child.ts', import.meta.url));

t.test(
	'a station that is killed while it loads bundles runs the old or the new one afterwards, never a mixture',
	async (t) => {
		const config = configOf(t.testdir(), first, { source: 'simulator', fps: 20, seed: 5 }, { bundles });
		const versions: string[] = [];
		for (let round = 0; round < 4; round++) {
			const child = fork(entry, [JSON.stringify(config)], { execArgv: [], stdio: ['ignore', 'ignore', 2, 'ipc'] });
			await once(child, 'message');
			// Somewhere in a load, each time elsewhere.
			await sleep(700 + 171 * round);
			child.kill('SIGKILL');
			await once(child, 'exit');
			const { station, inspections, until } = stationOf(config);
			await station.start();
			const { recipe, recipes, operatingPoint } = station.state();
			await until(() => inspections.length >= 2);
			const last = station.audit(1).map(({ new: now }) => now as { version: string })[0] ?? { version: '1' };
			t.equal(recipe.version, last.version, 'what was audited last is in force');
			t.equal(operatingPoint.threshold, recipe.version === '1' ? 0.5 : 0.6);
			t.match(recipes[0], { version: recipe.version, hash: recipe.hash });
			for (const part of inspections) {
				t.match(part, { recipe, operatingPoint: { threshold: operatingPoint.threshold } });
				t.not(part.verdict, 'not-inspected');
			}
			t.equal(
				(await station.command('roll-back', {}, { who: 'ada', source: 'console' })).ok,
				station.audit(1).length > 0,
			);
			await station.stop();
			versions.push(recipe.version);
		}
		t.comment(`in force afterwards: ${versions.join(', ')}`);
	},
);
