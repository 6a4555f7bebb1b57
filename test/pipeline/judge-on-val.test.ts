import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { judgeOnVal } from '../../src/pipeline/judge-on-val.ts';
import { quantizeModel } from '../../src/quantization/quantize-model.ts';
import { classFolderFiles, folderOf } from '../support/dataset-fixtures.ts';
import { smallImages, smallInspector } from '../support/small-inspector.ts';

const INPUT = { width: 32, height: 32, channels: 1 } as const;
const float = encodeModel(smallInspector());

t.test('the val split of a labelled dataset judges as training does, against the float model', async (t) => {
	const dataset = await folderOf(t, await classFolderFiles({ ok: 12, stain: 12 }, true));
	const judge = (await judgeOnVal(dataset, float, INPUT))!;
	t.equal(await judge.score(smallInspector()), judge.floatScore);
	const methods = [{ method: 'percentile', percentile: 60 }, { method: 'min-max' }] as const;
	const { report } = await quantizeModel(smallInspector(), smallImages(4), { ...judge, methods, speedRuns: 0 });
	t.match(report, { judgedBy: 'held-out score', floatScore: judge.floatScore });
	const [coarse, fine] = report.candidates;
	t.not(coarse.score, fine.score);
	t.strictSame(report.chosen, (coarse.score >= fine.score ? coarse : fine).how);
});

t.test('without labels nothing is judged, and a judge that was asked for is missed', async (t) => {
	const folder = await folderOf(t, await classFolderFiles({ ok: 3 }, false));
	t.equal(await judgeOnVal(folder, float, INPUT), undefined);
	await t.rejects(judgeOnVal(folder, float, INPUT, { required: true }), { code: 'DATASET_INVALID', message: /val/ });
});
