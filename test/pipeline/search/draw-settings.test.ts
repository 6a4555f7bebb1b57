import t from 'tap';
import { drawSettings, strengthen, withSteps } from '../../../src/pipeline/search/draw-settings.ts';
import { readTrainOptions } from '../../../src/training/read-train-options.ts';
import { trainOptions } from '../../../src/training/train-options.ts';

t.test(
	'the settings as given are always tried, and every trial depends on the seed and its number alone',
	async (t) => {
		const options = await readTrainOptions({ preset: 'default', set: [] });
		t.same(drawSettings(options, 0), { drawn: null, options });
		t.same(drawSettings(options, 5), drawSettings(options, 5));
		t.not(drawSettings(options, 5).drawn?.learningRate, drawSettings(options, 6).drawn?.learningRate);
		t.not(drawSettings({ ...options, seed: 1 }, 5).drawn?.learningRate, drawSettings(options, 5).drawn?.learningRate);
	},
);

t.test('what is drawn is sensible, is used, and makes valid settings', async (t) => {
	for (const preset of ['default', 'demo', 'plain'] as const) {
		const options = await readTrainOptions({ preset, set: [] });
		const rates: number[] = [];
		for (let trial = 1; trial <= 40; trial++) {
			const { drawn, options: settings } = drawSettings(options, trial);
			t.same(trainOptions.parse(settings), settings, `${preset}, trial ${trial}`);
			rates.push(drawn!.learningRate);
			t.equal(settings.schedule.rate, drawn!.learningRate);
			t.equal(settings.network.options.base, drawn!.base);
			t.equal(settings.losses.find(({ name }) => name === 'bce')!.options.positiveWeight, drawn!.positiveWeight);
			t.ok(drawn!.base! >= 4 && drawn!.base! % 4 === 0);
			t.same({ ...settings, seed: 0 }.seed, options.seed, 'trials differ by their settings, not by luck');
			t.equal(withSteps({ drawn, options: settings }, options, 300).steps * settings.batch, 300 * options.batch);
		}
		const { rate } = options.schedule;
		t.ok(rates.every((value) => value >= rate / 5.01 && value <= rate * 5.01));
		t.ok(rates.filter((value) => value < rate).length > 10 && rates.filter((value) => value > rate).length > 10);
	}
});

t.test('what a network or a recipe does not have is not drawn', async (t) => {
	const options = await readTrainOptions({ preset: 'plain', set: ['augmentation={}'], network: 'resnet50' });
	const { drawn, options: settings } = drawSettings({ ...options, augmentation: {} }, 3);
	t.same([drawn!.base, drawn!.augmentation, drawn!.scoreWeight], [undefined, undefined, undefined]);
	t.same(settings.network, options.network);
});

t.test('stronger augmentation goes further, not more often, and stays within its limits', async (t) => {
	const { augmentation } = trainOptions.parse({
		augmentation: { flip: {}, affine: { turn: 150, shift: 0.1 }, blur: { sigma: 0.5 }, noise: {} },
	});
	const stronger = strengthen(augmentation, 2);
	t.match(stronger.affine, { turn: 180, shift: 0.2, probability: augmentation.affine!.probability });
	t.equal(stronger.blur!.sigma, 1);
	t.same(stronger.flip, augmentation.flip);
	t.equal(strengthen(augmentation, 0).noise!.sigma, 0);
});
