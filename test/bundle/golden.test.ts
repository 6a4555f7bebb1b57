import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type Candidate, chooseGolden } from '../../src/bundle/choose-golden.ts';
import { goldenFiles, parseGolden, readGolden, writeGolden } from '../../src/bundle/golden.ts';
import { openBundle } from '../../src/bundle/open-bundle.ts';
import { goldenDrafts, writeGoldenBundle } from '../support/golden-bundle.ts';
import { writeStationBundle } from '../support/station-bundle.ts';

t.test('golden parts come back as they were written, under the digests of the manifest', async (t) => {
	const dir = t.testdir();
	const place = await writeGoldenBundle(join(dir, 'bundle'));
	const bundle = await openBundle(place);
	const parts = readGolden(bundle)!;
	const drafts = await goldenDrafts();
	t.same(
		parts.map(({ id, class: name, defective }) => ({ id, class: name, defective })),
		drafts.map(({ id, class: name, defective }) => ({ id, class: name, defective })),
	);
	for (const [i, { image, mask, enrolled }] of parts.entries()) {
		t.ok(Buffer.from(image).equals(drafts[i].image));
		t.equal(mask?.length, drafts[i].mask?.length);
		t.equal(enrolled.fp32.score >= 0.5, drafts[i].defective);
		t.equal(enrolled.fp32.iou, drafts[i].defective ? 1 : undefined);
	}
	await writeGolden(bundle, parts.slice(0, 2));
	t.equal(readGolden(await openBundle(place))!.length, 2, 'nothing of the old set is left');
	await writeFile(join(place, 'golden/000.png'), parts[1].image);
	await t.rejects(openBundle(place), { code: 'BUNDLE_DIGEST_MISMATCH' });
});

t.test('a bundle without golden parts has none, a list that is damaged is refused', async (t) => {
	const bundle = await openBundle(await writeStationBundle(join(t.testdir(), 'bundle')));
	t.equal(readGolden(bundle), undefined);
	const [part] = (await goldenDrafts()).map((draft) => ({ ...draft, enrolled: { fp32: { score: 0.2 } } }));
	t.throws(() => goldenFiles([part, part]), { code: 'BUNDLE_INVALID', message: /every id once/ });
	const files = goldenFiles([part]);
	const read = (name: string) => Buffer.from(files.get(name) ?? '');
	t.equal(parseGolden(read, 'the set').length, 1);
	files.set('000.png', 'another picture');
	t.throws(() => parseGolden(read, 'the set'), { code: 'BUNDLE_DIGEST_MISMATCH' });
	files.set('golden.json', '{');
	t.throws(() => parseGolden(read, 'the set'), { code: 'BUNDLE_INVALID' });
});

const candidate = (image: string, name: string, score: number, group = image): Candidate => ({
	image,
	group,
	class: name,
	defective: name !== 'ok',
	scores: { fp32: score },
});

t.test('both kinds, every class and the scores nearest the threshold are chosen, always the same', async (t) => {
	const candidates = [
		...Array.from({ length: 40 }, (_, i) => candidate(`ok-${i}`, 'ok', i / 80)),
		...Array.from({ length: 9 }, (_, i) => candidate(`pit-${i}`, 'pit', 0.55 + i / 20)),
		candidate('crack-0', 'crack', 0.9),
	];
	const wanted = { count: 8, thresholds: { fp32: 0.5 }, precision: 'fp32' } as const;
	const chosen = chooseGolden(candidates, wanted);
	t.same(chosen, chooseGolden(candidates.toReversed(), wanted));
	const classes = chosen.map(({ class: name }) => name);
	t.same(classes, ['crack', 'pit', 'pit', 'pit', 'ok', 'ok', 'ok', 'ok'], 'a rare class gives what it has');
	t.ok(chosen.some(({ image }) => image === 'pit-0'));
	t.ok(chosen.some(({ image }) => image === 'ok-39'));
});

t.test(
	'parts that are judged wrongly, that could tip on another host, or that were taken already are left out',
	async (t) => {
		const candidates = [
			candidate('missed', 'pit', 0.3),
			candidate('tips', 'pit', 0.5005),
			candidate('found', 'pit', 0.8),
			candidate('found-again', 'pit', 0.9, 'found'),
			candidate('rejected', 'ok', 0.7),
			candidate('sound', 'ok', 0.1),
		];
		const wanted = { count: 2, thresholds: { fp32: 0.5 }, precision: 'fp32' } as const;
		t.same(
			chooseGolden(candidates, wanted).map(({ image }) => image),
			['found', 'sound'],
		);
		t.throws(() => chooseGolden(candidates, { ...wanted, count: 4 }), {
			code: 'DATASET_INVALID',
			message: /found 1 defective, 1 sound/,
		});
	},
);
