import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Random } from '../../../src/base/random.ts';
import { decodeModel } from '../../../src/graph/codec/codec.ts';
import { encodePng } from '../../../src/imaging/encode-image.ts';
import { pretrain } from '../../../src/pipeline/pretrain/pretrain.ts';
import { PRETRAIN_PRESETS, pretrainOptions } from '../../../src/pipeline/pretrain/pretrain-options.ts';
import { openDataset } from '../../../src/training/datasets/index.ts';
import { readOptions } from '../../../src/training/read-options.ts';
import { folderOf } from '../../support/dataset-fixtures.ts';

const SIZE = 16;
const COLOURS = { blue: [40, 60, 220], green: [40, 200, 60], red: [220, 50, 40] } as const;

/** Noisy pictures of one colour each, in folders per split and class. */
async function colourFolder(t: Test): Promise<string> {
	const random = new Random(3);
	const files: Record<string, Uint8Array> = {};
	for (const [split, count] of [
		['train', 24],
		['val', 8],
		['test', 8],
	] as const)
		for (const [name, colour] of Object.entries(COLOURS))
			for (let i = 0; i < count; i++) {
				const data = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, p) => colour[p % 3] * random.between(0.6, 1));
				files[`${split}/${name}/${i}.png`] = await encodePng({ width: SIZE, height: SIZE, channels: 3, data });
			}
	return folderOf(t, files);
}

async function request(t: Test, set: readonly string[] = []) {
	const small = ['network.options.base=4', 'network.options.depth=2', 'batch=8', 'epochs=3', 'width=16', 'height=16'];
	const options = await readOptions(
		pretrainOptions,
		{ preset: PRETRAIN_PRESETS['simple-cnn-augmented'], flags: {}, set: [...small, ...set] },
		'settings',
	);
	const dataset = await openDataset(await colourFolder(t), { kinds: true });
	return { dataset, options, out: await folderOf(t, {}), resume: false, threads: 1 };
}

t.test('colours are told apart, and the model, curves and figures are written', async (t) => {
	const wanted = await request(t);
	const result = await pretrain(wanted);
	t.ok(result.test.accuracy > 0.9, `accuracy ${result.test.accuracy}`);
	t.same(result.images, { train: 72, val: 24, test: 24 });
	t.equal(result.history.length, 3);
	for (const { figures } of result.history)
		t.same(Object.keys(figures!), ['train accuracy', 'val accuracy', 'train loss', 'val loss']);
	const model = decodeModel(await readFile(result.model));
	t.same(
		model.outputs.map(({ name, shape }) => [name, shape?.[1]]),
		[['score_logits', 3]],
	);
	const written = JSON.parse(await readFile(join(wanted.out, 'result.json'), 'utf8'));
	t.equal(written.test.accuracy, result.test.accuracy);
	const page = await readFile(result.report, 'utf8');
	for (const section of ['accuracy', 'learning', 'gradients', 'run']) t.match(page, `<section id="${section}"`);
	t.match(page, `${Number((100 * result.test.accuracy).toFixed(2))}\u00a0%`);
	t.match(page, '3 epochs; the weights of epoch');
});

t.test('some classes and some images of each can be chosen', async (t) => {
	const { images, test } = await pretrain(
		await request(t, ['classes=[red, blue]', 'images=10', 'batch=5', 'epochs=1']),
	);
	t.same(images, { train: 10, val: 16, test: 16 });
	t.same(test.classes, ['blue', 'red']);
	await t.rejects(pretrain(await request(t, ['classes=[red, mauve]'])), {
		code: 'DATASET_INVALID',
		message: /mauve/,
	});
});

t.test('an interrupted run ends with the weights of one that was not', async (t) => {
	const wanted = await request(t);
	const whole = await pretrain({ ...wanted, out: join(wanted.out, 'whole') });
	const out = join(wanted.out, 'interrupted');
	const onProgress = ({ step }: { step: number }) => {
		if (step === 14) throw new Error('power cut');
	};
	await t.rejects(pretrain({ ...wanted, out, onProgress }), { message: 'power cut' });
	const resumed = await pretrain({ ...wanted, out, resume: true });
	t.ok((await readFile(resumed.model)).equals(await readFile(whole.model)));
});

t.test('a pretrained backbone stays frozen under a new head; without weights freezing is refused', async (t) => {
	const backbone = await pretrain(await request(t, ['classes=[red, blue]', 'epochs=1']));
	const wanted = await request(t, [`transfer.weights=${backbone.model}`, 'transfer.freeze=encoder', 'epochs=1']);
	const result = await pretrain(wanted);
	t.ok(result.trained < result.parameters);
	t.equal(result.transfer?.loaded, result.transfer?.total);
	const [before, after] = [decodeModel(await readFile(backbone.model)), decodeModel(await readFile(result.model))];
	const encoder = result.transfer!.matched.filter(({ parameter }) => !parameter.startsWith('score/'));
	t.ok(encoder.length > 0);
	for (const { parameter } of encoder)
		t.same(after.initializers.get(parameter)?.data, before.initializers.get(parameter)?.data, parameter);
	await t.rejects(pretrain(await request(t, ['transfer.freeze=encoder'])), { code: 'CONFIG_INVALID' });
});
