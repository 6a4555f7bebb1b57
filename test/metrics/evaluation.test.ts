import t from 'tap';
import { collapseByGroup } from '../../src/metrics/collapse-by-group.ts';
import { evaluation } from '../../src/metrics/evaluation.ts';
import { SegmentationTotals } from '../../src/metrics/segmentation.ts';

const point = { threshold: 0.5, method: 'fixed', precision: 'int8' } as const;

t.test(
	'a defective part counts by its least visible defect, a sound one by its most suspicious exposure',
	async (t) => {
		const exposure = (group: string, score: number, name: string) => ({
			group,
			score,
			class: name,
			defective: name !== 'ok',
		});
		const exposures = [
			exposure('a', 0.9, 'scratch'),
			exposure('a', 0.3, 'pit'),
			exposure('a', 0.1, 'ok'),
			exposure('b', 0.2, 'ok'),
			exposure('b', 0.4, 'ok'),
			exposure('c', 0.05, 'ok'),
			exposure('c', 0.8, 'crack'),
		];
		const expected = [exposure('a', 0.3, 'pit'), exposure('b', 0.4, 'ok'), exposure('c', 0.8, 'crack')];
		t.same(collapseByGroup(exposures), expected);
		t.same(
			collapseByGroup(exposures.toReversed()).toSorted((x, y) => (x.group < y.group ? -1 : 1)),
			expected,
			'whatever the order',
		);
	},
);

t.test('the JSON has the fields that other programs read', async (t) => {
	const totals = new SegmentationTotals();
	totals.add(Float32Array.of(0.9, 0), Uint8Array.of(255, 255), 'pit');
	const images = [
		{ score: 0.9, defective: true, class: 'pit' },
		{ score: 0.4, defective: true, class: 'scratch' },
		{ score: 0.6, defective: false, class: 'ok' },
		{ score: 0.1, defective: false, class: 'ok' },
	];
	t.strictSame(JSON.parse(JSON.stringify(evaluation(images, point, totals.scores()))), {
		image: {
			ap: (1 + 2 / 3) / 2,
			auroc: 0.75,
			recall: 0.5,
			precision: 0.5,
			f1: 0.5,
			bestF1: { f1: 0.8, threshold: 0.4 },
			recallPerClass: { pit: 1, scratch: 0 },
		},
		pixel: { iou: 0.5, macroIou: 0.5, dice: 2 / 3, perClass: { pit: 0.5 } },
		operatingPoint: point,
		n: { ok: 2, defect: 2 },
	});
});

t.test('without defective images or masks, what cannot be known is null', async (t) => {
	const { image, pixel, n } = JSON.parse(
		JSON.stringify(evaluation([{ score: 0.1, defective: false, class: 'ok' }], point)),
	);
	t.strictSame([image.ap, image.auroc, image.recall, image.bestF1, pixel], [null, null, null, null, null]);
	t.strictSame(n, { ok: 1, defect: 0 });
});
