import t from 'tap';
import { unet, unetOptions } from '../../src/networks/unet.ts';
import { classShares } from '../../src/training/class-shares.ts';
import type { LabelledImages } from '../../src/training/labelled-images.ts';
import { lossTerms } from '../../src/training/loss-terms.ts';
import { trainOptions } from '../../src/training/train-options.ts';

/** Eight sound images, one with a scratch of 4 pixels and one with a stain of 16, of 8 × 8 pixels. */
const data: LabelledImages = (() => {
	const labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2];
	const classes = ['ok', 'scratch', 'stain'];
	const masks = new Uint8Array(10 * 64);
	masks.fill(1, 8 * 64, 8 * 64 + 4);
	masks.fill(2, 9 * 64, 9 * 64 + 16);
	const samples = labels.map((label, i) => ({
		id: `${i}`,
		group: `${i}`,
		class: classes[label],
		label,
		defective: label > 0,
	}));
	const hasMask = new Uint8Array(10).fill(1);
	return { width: 8, height: 8, channels: 1, images: new Uint8Array(640), masks, hasMask, samples, classes };
})();

const near = (found: readonly number[], wanted: readonly number[]) =>
	found.length === wanted.length && found.every((value, i) => Math.abs(value - wanted[i]) < 1e-12);

t.test('shares of classes are those of the batches that training sees', async (t) => {
	const balanced = { sampler: { order: 'balanced', defectShare: 0.5 }, batch: 8 } as const;
	const shuffled = { sampler: { order: 'shuffle', defectShare: 0.5 }, batch: 8 } as const;
	t.ok(near(classShares(data, 'score', 3, balanced), [0.5, 0.25, 0.25]));
	t.ok(near(classShares(data, 'score', 1, balanced), [0.5, 0.5]));
	t.ok(near(classShares(data, 'score', 3, shuffled), [0.8, 0.1, 0.1]));
	t.ok(near(classShares(data, 'mask', 3, shuffled), [620 / 640, 4 / 640, 16 / 640]));
	t.ok(near(classShares(data, 'mask', 1, shuffled), [620 / 640, 20 / 640]));
	const unmasked = { ...data, hasMask: Uint8Array.from(data.samples, ({ label }) => (label === 1 ? 0 : 1)) };
	t.ok(near(classShares(unmasked, 'mask', 1, shuffled), [560 / 576, 16 / 576]), 'an unmasked defect says nothing');
	t.ok(near(classShares({ ...data, samples: data.samples.slice(0, 8) }, 'score', 1, balanced), [1, 0]));
});

t.test('losses on a head that is not there are left out, and none at all is an error', async (t) => {
	const network = unet(unetOptions.parse({ width: 16, height: 16, base: 2, depth: 2, score: 'none' }));
	const terms = (losses: unknown) => lossTerms(trainOptions.parse({ losses }), network, data);
	t.same(
		terms([
			{ name: 'bce', on: 'mask', options: { classWeights: 'balanced' } },
			{ name: 'bce', on: 'mask', weight: 2 },
			{ name: 'focal', on: 'score' },
		]).map(({ name, weight }) => [name, weight]),
		[
			['mask.bce', 1],
			['mask.bce-2', 2],
		],
	);
	t.throws(() => terms([{ name: 'bce', on: 'score' }]), { code: 'CONFIG_INVALID', message: /mask_logits/ });
	t.throws(() => terms([{ name: 'bce', on: 'mask', options: { weight: 1 } }]), { code: 'CONFIG_INVALID' });
});
