import t from 'tap';
import type { Inspection } from '../../src/station/inspection.ts';
import { IouStatistics } from '../../src/station/iou-statistics.ts';

const part = (facts: Partial<Inspection>, second = 0) =>
	({
		isSimulated: false,
		...facts,
		times: { end: new Date(Date.UTC(2026, 0, 2) + 1000 * second).toISOString() },
	}) as Inspection;

t.test('what is expected and what is measured, by source of truth, are never averaged together', async (t) => {
	const statistics = new IouStatistics();
	const nothing = { n: 0 };
	t.same(statistics.figures(), {
		expectedIou: nothing,
		measuredIou: { simulated: nothing, golden: nothing, labelled: nothing },
	});
	statistics.add(part({ expectedIou: 0.8, measuredIou: 0.4, isSimulated: true }));
	statistics.add(part({ expectedIou: 0.6, measuredIou: 0.2 }, 5));
	statistics.add(part({}));
	statistics.addMeasured('golden', 0.9, '2026-01-02T08:00:00.000Z');
	statistics.addMeasured('labelled', 0.4, '2026-01-02T09:00:00.000Z');
	const { expectedIou, measuredIou } = statistics.figures();
	t.match(expectedIou, { n: 2, mean: 0.7, from: '2026-01-02T00:00:00.000Z', to: '2026-01-02T00:00:05.000Z' });
	t.equal(expectedIou.corrected, false);
	t.match(measuredIou.simulated, { n: 1, mean: 0.4 });
	t.match(measuredIou.golden, { n: 1, mean: 0.9, from: '2026-01-02T08:00:00.000Z' });
	t.match(measuredIou.labelled, { n: 2, to: '2026-01-02T09:00:00.000Z' });
	t.ok(Math.abs(measuredIou.labelled.mean! - 0.3) < 1e-12);
});

t.test('corrected estimates start a window of their own', async (t) => {
	const statistics = new IouStatistics();
	statistics.add(part({ expectedIou: 0.9, expectedIouCorrected: false }));
	statistics.add(part({ expectedIou: 0.5, expectedIouCorrected: true }));
	statistics.add(part({ expectedIou: 0.3, expectedIouCorrected: true }));
	t.match(statistics.figures().expectedIou, { n: 2, mean: 0.4, corrected: true });
});

t.test('a window holds the last thousand values of its kind', async (t) => {
	const statistics = new IouStatistics();
	for (let i = 0; i < 3500; i++) statistics.addMeasured('golden', i < 2500 ? 0 : 1);
	t.match(statistics.figures().measuredIou.golden, { n: 1000, mean: 1 });
});
