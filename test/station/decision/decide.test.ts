import t from 'tap';
import { decide, verdictOf } from '../../../src/station/decision/decide.ts';

t.test('a part is flagged when its score reaches the threshold', async (t) => {
	t.equal(verdictOf(0.5, { threshold: 0.5 }), 'defect');
	t.equal(verdictOf(0.4999, { threshold: 0.5 }), 'ok');
	t.equal(verdictOf(0, { threshold: 0 }), 'defect');
});

t.test('scores in the hold band go to a person', async (t) => {
	const rules = { threshold: 0.5, holdBand: { below: 0.125, above: 0.25 } };
	const verdicts = [0.37, 0.375, 0.5, 0.74, 0.75, 1].map((score) => verdictOf(score, rules));
	t.same(verdicts, ['ok', 'review', 'review', 'review', 'defect', 'defect']);
});

t.test('only a part that is ok passes', async (t) => {
	const rules = { threshold: 0.5, holdBand: { below: 0.1, above: 0 } };
	const dispositions = [0.1, 0.45, 0.9].map((score) => decide({ score }, { width: 1, height: 1 }, rules).disposition);
	t.same(dispositions, ['pass', 'hold', 'reject']);
});

t.test('defects are the regions of the mask above one half; both IoUs are kept apart', async (t) => {
	// 4 × 2: one region of two pixels, one of one.
	const mask = Float32Array.of(0.9, 0.7, 0, 0.6, 0, 0, 0, 0.5);
	const truth = { width: 4, height: 2, data: Uint8Array.of(255, 255, 0, 0, 0, 0, 0, 255) };
	const size = { width: 4, height: 2 };
	const { defects, measuredIou, expectedIou } = decide({ score: 0.9, mask }, size, { threshold: 0.5 }, truth);
	t.same(
		defects.map(({ box, areaPx }) => [box, areaPx]),
		[
			[{ x: 0, y: 0, width: 2, height: 1 }, 2],
			[{ x: 3, y: 0, width: 1, height: 1 }, 1],
		],
	);
	t.equal(measuredIou, 2 / 4);
	t.ok(Math.abs(expectedIou! - (0.9 + 0.7 + 0.6) / (3 + 0.5)) < 1e-6);
	t.notOk('measuredIou' in decide({ score: 0.9, mask }, size, { threshold: 0.5 }), 'no truth, nothing measured');
});

t.test('a sound part without a defect pixel has no IoU at all', async (t) => {
	const mask = new Float32Array(4);
	const truth = { width: 2, height: 2, data: new Uint8Array(4) };
	const decision = decide({ score: 0.1, mask }, { width: 2, height: 2 }, { threshold: 0.5 }, truth);
	t.same(decision, { verdict: 'ok', disposition: 'pass', score: 0.1, defects: [] });
});

t.test('a mask full of specks does not make an endless record', async (t) => {
	const mask = Float32Array.from({ length: 64 * 64 }, (_, i) => (i % 2 && Math.floor(i / 64) % 2 ? 1 : 0));
	t.equal(decide({ score: 1, mask }, { width: 64, height: 64 }, { threshold: 0.5 }).defects.length, 100);
});
