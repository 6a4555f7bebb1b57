import { readFile } from 'node:fs/promises';
import t from 'tap';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { correctIou } from '../../src/metrics/mask-iou/iou-correction.ts';
import { runAndon } from '../support/run-andon.ts';
import { writeStationBundle } from '../support/station-bundle.ts';

const DATASET = 'simulated:seed=31,count=120,size=64';

t.test('andon iou measures and draws; --write keeps a correction, which is applied from then on', async (t) => {
	const dir = t.testdir();
	const bundle = await writeStationBundle(`${dir}/bright`);
	const json = async (...args: string[]) => JSON.parse((await runAndon(...args, '--json')).stdout);
	const plot = `${dir}/plot.svg`;
	const seen = await json('iou', bundle, DATASET, '--plot', plot);
	t.match(seen, { split: 'test', precision: 'fp32', correctionFrom: 'val', written: false, plot });
	t.equal(seen.before.n, seen.pairs.length);
	t.ok(seen.after.meanAbsoluteError < seen.before.meanAbsoluteError, 'brightness knows little of defects');
	t.match(await readFile(plot, 'utf8'), /^<svg xmlns=.*measured IoU/s);
	t.notOk((await openBundle(bundle)).manifest.iouCorrections, 'nothing is written unasked');
	const picture = `${dir}/plot.png`;
	t.equal((await json('iou', bundle, DATASET, '--write', '--plot', picture)).written, true);
	t.match((await readFile(picture)).subarray(1, 4).toString(), 'PNG');
	const { iouCorrections } = (await openBundle(bundle)).manifest;
	const again = await json('iou', bundle, DATASET);
	t.match(again, { correctionFrom: 'bundle', after: seen.after });
	t.same(again.correction, iouCorrections?.fp32);
	const [one] = again.pairs;
	t.equal(one.corrected, correctIou(one.expected, iouCorrections!.fp32!));
	const words = (await runAndon('iou', bundle, DATASET)).stdout;
	t.match(words, /from probabilities .*\ncorrected .*\ncorrection: \w+, kept in the bundle, from \d+ val images/);
});

t.test('andon iou says what is missing', async (t) => {
	const bundle = await writeStationBundle(`${t.testdir()}/bright`);
	const refused = await runAndon('iou', bundle, DATASET, '--plot', 'plot.gif');
	t.match(refused, { code: 1, stderr: /\.svg or \.png/ });
	const sound = await runAndon('iou', bundle, `${DATASET},defectRate=0.01`, '--json');
	t.match(sound, { code: 1, stdout: /DATASET_/ });
});
