import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { partImage } from '../support/golden-bundle.ts';
import { runAndon } from '../support/run-andon.ts';
import { writeStationBundle } from '../support/station-bundle.ts';

const dir = t.testdir();
const bundle = await writeStationBundle(join(dir, 'bundle'));
const parts = join(dir, 'parts');
for (const kind of ['ok', 'spot']) {
	mkdirSync(join(parts, kind), { recursive: true });
	for (let i = 0; i < 6; i++)
		writeFileSync(join(parts, kind, `${i}.png`), await encodePng(partImage(kind === 'spot', 40 + 5 * i)));
}

t.test('`golden enroll` writes balanced parts into the bundle, `list` and `run` find them', async (t) => {
	const enroll = ['golden', 'enroll', bundle, parts, '--split', 'all', '--count', '6'];
	const enrolled = await runAndon(...enroll, '--json');
	t.equal(enrolled.code, 0, enrolled.stderr);
	const set = JSON.parse(enrolled.stdout);
	t.equal(set.parts.length, 6);
	t.equal(set.parts.filter(({ defective }: { defective: boolean }) => defective).length, 3);
	t.same(JSON.parse((await runAndon('golden', 'list', bundle, '--json')).stdout), set);
	t.same(JSON.parse((await runAndon('golden', 'enroll', bundle, '--json')).stdout).parts, set.parts, 'scored anew');
	const run = await runAndon('golden', 'run', bundle, '--json');
	t.equal(run.code, 0, run.stderr);
	t.match(JSON.parse(run.stdout), { passed: true, recall: 1, scoreShift: { n: 6, largest: 0 } });
});

t.test('`golden run` shows what a wrong threshold, another bundle and a lens out of focus look like', async (t) => {
	const other = await writeStationBundle(join(dir, 'other'), { gain: 0.8, version: '2' });
	const wrong: [string[], RegExp][] = [
		[['run', bundle, '--threshold', '0.95'], /3 of 3 defective golden parts would have passed/],
		[['run', bundle, '--threshold', '0.05'], /3 of 3 sound golden parts would have been rejected/],
		[['run', other, '--set', bundle], /scores moved by 0\.1\d\d on average/],
		[['run', bundle, '--blur', '2'], /the pictures are blurred: sharpness fell by/],
	];
	for (const [args, words] of wrong) {
		const { code, stdout } = await runAndon('golden', ...args);
		t.equal(code, 1, args.join(' '));
		t.match(stdout, words);
		t.match(stdout, /FAILED/);
	}
});

t.test('a bundle without golden parts says how to get some', async (t) => {
	const bare = await writeStationBundle(join(dir, 'bare'));
	const { code, stderr } = await runAndon('golden', 'run', bare);
	t.equal(code, 1);
	t.match(stderr, /andon golden enroll.*\[GOLDEN_UNAVAILABLE\]/);
});
