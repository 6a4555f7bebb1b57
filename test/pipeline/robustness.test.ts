import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { measureRobustness } from '../../src/pipeline/robustness.ts';
import type { LabelledImages } from '../../src/training/labelled-images.ts';
import { TINY_INPUT, tinyGraph } from '../support/tiny-bundle.ts';

/** A model that scores by the brightest pixel; sound images are dim, defective ones have a bright spot in a corner. */
function spots(count: number): LabelledImages {
	const { width, height, channels } = TINY_INPUT;
	const area = width * height;
	const images = new Uint8Array(count * area).fill(70);
	const masks = new Uint8Array(count * area);
	const samples = Array.from({ length: count }, (_, i) => {
		const defective = i % 4 === 0;
		if (defective) for (const at of [0, 1, width, width + 1]) [images[i * area + at], masks[i * area + at]] = [200, 1];
		return { id: `${i}`, group: `${i}`, class: defective ? 'spot' : 'ok', label: Number(defective), defective };
	});
	return {
		width,
		height,
		channels,
		images,
		masks,
		hasMask: new Uint8Array(count).fill(1),
		samples,
		classes: ['ok', 'spot'],
	};
}

const options = { model: encodeModel(tinyGraph()), precision: 'fp32', threshold: 0.5, split: 'val' };

t.test('curves start from the unchanged images and show what each change does', async (t) => {
	const { n, of, curves } = await measureRobustness({ ...options, data: spots(40) });
	t.same([n, of], [{ ok: 30, defect: 10 }, 40]);
	t.same(
		curves.map(({ change }) => change),
		['Rotation', 'Shift', 'Brightness', 'Blur'],
	);
	const at = (change: string, strength: number) =>
		curves.find((curve) => curve.change === change)!.points.find((point) => point.strength === strength)!;
	for (const { change } of curves) t.same(at(change, 0), { strength: 0, ap: 1, recall: 1, falseAlarms: 0 }, change);
	t.same(at('Brightness', 30), { strength: 30, ap: 1, recall: 1, falseAlarms: 1 }, 'everything is bright');
	t.same(at('Brightness', -30), { strength: -30, ap: 1, recall: 0, falseAlarms: 0 }, 'a darker lamp hides all');
	t.equal(at('Shift', 20).recall, 1, 'a defect in the corner is shifted into the picture, not out of it');
	t.equal(at('Blur', 3).recall, 0, 'a spot of two pixels is blurred away');
});

t.test('a small budget looks at fewer images, both kinds at the same rate', async (t) => {
	const { n, of } = await measureRobustness({ ...options, data: spots(400), budgetMs: 0 });
	t.same([n, of], [{ ok: 18, defect: 6 }, 400]);
});

t.test('the images themselves stay as they are', async (t) => {
	const data = spots(8);
	const before = data.images.slice();
	await measureRobustness({ ...options, data });
	t.same(data.images, before);
});
