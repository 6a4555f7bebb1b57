import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { AndonError } from '../../src/base/errors.ts';
import { type Bundle, openBundle } from '../../src/bundle/open-bundle.ts';
import { checkParity, PARITY_TOLERANCES, type ParityRun, parityInputs, writeParity } from '../../src/bundle/parity.ts';
import { draftFrom, writeBundle } from '../../src/bundle/write-bundle.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';
import { TINY_INPUT, tinyDraft, tinyFrame } from '../support/tiny-bundle.ts';

const draft = await tinyDraft();

/** What the model gave when the bundle was made, bent by `bend`. */
function bent(bend: (output: { score: number; mask: Float32Array }) => object): ParityRun {
	return async (input) => {
		const score = Math.fround((Math.fround(0.99 / 255) * input[0]) as number);
		return bend({ score, mask: new Float32Array(input.length).fill(score) }) as Awaited<ReturnType<ParityRun>>;
	};
}

async function refuses(t: Test, bundle: Bundle, run: ParityRun, ...words: string[]) {
	const error: AndonError = await checkParity(bundle, 'int8', run).then(
		() => t.fail('should have been refused'),
		(reason) => reason,
	);
	t.equal(error.code, 'BUNDLE_PARITY_FAILED', error.message);
	for (const word of words) t.match(error.message, word);
}

t.test('the same models on the same host differ by nothing', async (t) => {
	const bundle = await writeBundle(join(t.testdir(), 'tiny'), draft);
	for (const precision of ['fp32', 'int8'] as const) {
		const inspector = await openInspector({ bytes: bundle.model(precision), input: TINY_INPUT });
		t.strictSame(await checkParity(bundle, precision, inspector.inspect), {
			frames: 2,
			maxScoreDifference: 0,
			maxMaskDifference: 0,
			meanMaskDifference: 0,
		});
		await inspector.close();
	}
});

t.test('the model of another precision is not the same', async (t) => {
	const bundle = await writeBundle(join(t.testdir(), 'tiny'), draft);
	const inspector = await openInspector({ bytes: bundle.model('int8'), input: TINY_INPUT });
	const error: AndonError = await checkParity(bundle, 'fp32', inspector.inspect).then(
		() => t.fail('should have been refused'),
		(reason) => reason,
	);
	t.equal(error.code, 'BUNDLE_PARITY_FAILED');
	t.match(error.message, '0.00784', 'the difference of 0.01 · 200 / 255 in score');
	await inspector.close();
});

t.test(
	'differences are measured in score and mask, and beyond the stated tolerance the bundle is refused',
	async (t) => {
		const bundle = await writeBundle(join(t.testdir(), 'tiny'), draft);
		const limits = PARITY_TOLERANCES.int8;
		const shifted = (score: number, onePixel: number, everyPixel = 0) =>
			bent((output) => ({
				score: output.score + score,
				mask: output.mask.map((p, i) => p + everyPixel + (i === 17 ? onePixel : 0)),
			}));
		const below = 0.9 * limits.maxMaskDifference;
		const report = await checkParity(bundle, 'int8', shifted(0.9 * limits.maxScoreDifference, -below));
		t.ok(Math.abs(report.maxScoreDifference - 0.9 * limits.maxScoreDifference) < 1e-6);
		t.ok(Math.abs(report.maxMaskDifference - below) < 1e-6);
		t.ok(Math.abs(report.meanMaskDifference - below / 96) < 1e-6);
		const beyond = (key: keyof typeof limits) => [1.1 * limits[key], `within ${limits[key]}`] as const;
		const [score, scoreWords] = beyond('maxScoreDifference');
		await refuses(t, bundle, shifted(score, 0), 'int8 scores', scoreWords);
		const [pixel, pixelWords] = beyond('maxMaskDifference');
		await refuses(t, bundle, shifted(0, -pixel), 'int8 mask', pixelWords);
		const [mean, meanWords] = beyond('meanMaskDifference');
		await refuses(t, bundle, shifted(0, 0, mean), 'on average', meanWords);
	},
);

t.test('a mask that is missing, of another size or not a number is never within tolerance', async (t) => {
	const bundle = await writeBundle(join(t.testdir(), 'tiny'), draft);
	await refuses(
		t,
		bundle,
		bent(({ score }) => ({ score })),
		'Infinity',
	);
	await refuses(
		t,
		bundle,
		bent(({ score, mask }) => ({ score, mask: mask.subarray(1) })),
		'Infinity',
	);
	await refuses(
		t,
		bundle,
		bent(({ score, mask }) => ({ score, mask: mask.fill(Number.NaN, 5, 6) })),
		'Infinity',
	);
	await refuses(
		t,
		bundle,
		bent(({ mask }) => ({ score: Number.NaN, mask })),
		'Infinity',
	);
	await refuses(t, bundle, () => Promise.reject(new Error('no GPU today')), 'no GPU today', 'parity/0.input.bin');
});

t.test('a bundle without a reference for the precision is refused', async (t) => {
	const parity = await writeParity([tinyFrame(10)], { fp32: async () => ({ score: 0.1 }) });
	const files = new Map([...draft.files].filter(([path]) => !path.startsWith('parity/')));
	const dir = join(t.testdir(), 'tiny');
	await refuses(
		t,
		await writeBundle(dir, { ...draft, files: new Map([...files, ...parity]) }),
		async () => ({ score: 0.1 }),
		'int8',
	);
	const none = await writeBundle(dir, { ...draft, files });
	await t.rejects(
		checkParity(none, 'int8', async () => ({ score: 0.1 })),
		{ code: 'BUNDLE_INVALID' },
	);
});

t.test('reference frames can be taken over into the next bundle', async (t) => {
	const bundle = await writeBundle(join(t.testdir(), 'tiny'), draft);
	const again = await writeParity(parityInputs(bundle), { int8: bent((output) => output) });
	const files = draftFrom(bundle).files;
	t.strictSame(
		Buffer.from(again.get('parity/1.input.bin') as Uint8Array),
		Buffer.from(files.get('parity/1.input.bin') as Uint8Array),
	);
	t.ok((await openBundle(bundle.dir)).read('parity/index.json').length > 0);
});

t.test('a damaged reference is refused even with its digest', async (t) => {
	const dir = join(t.testdir(), 'tiny');
	const files = new Map([...draft.files, ['parity/0.int8.mask.gz', 'not gzip']]);
	const bundle = await writeBundle(dir, { ...draft, files });
	await t.rejects(
		checkParity(
			bundle,
			'int8',
			bent((output) => output),
		),
		{ code: 'BUNDLE_INVALID' },
	);
});
