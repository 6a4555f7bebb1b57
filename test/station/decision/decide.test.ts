import t from 'tap';
import { type DecisionRules, decide } from '../../../src/station/decision/decide.ts';
import { type DecisionConfig, decisionSchema } from '../../../src/station/decision/decision-schema.ts';
import { judgeScore } from '../../../src/station/decision/judge.ts';
import { scaleAfterFit } from '../../../src/station/decision/measure-defects.ts';
import { type Judged, policyOf } from '../../../src/station/decision/policy.ts';

const BINARY: Judged = { outputs: { score: 'score', mask: 'mask' }, classes: ['Crack', 'Fray'] };
const CLASSES: Judged = {
	outputs: { score: 'score', mask: 'mask', classScores: 'class_scores', labels: 'labels' },
	classes: ['Crack', 'Fray'],
};

const section = (config: object): DecisionConfig => decisionSchema.parse(config);
const by = (threshold: number, config: object = {}, bundle = BINARY): DecisionRules => ({
	threshold,
	policy: policyOf(bundle, section(config)),
});

t.test('a part is flagged when its score reaches the threshold', async (t) => {
	t.match(judgeScore(0.5, { threshold: 0.5 }), { verdict: 'defect', why: 'Score 0.500 reaches the threshold 0.500.' });
	t.match(judgeScore(0.49999, { threshold: 0.5 }), {
		verdict: 'ok',
		why: 'Score 0.49999 is below the threshold 0.50000.',
	});
	t.equal(judgeScore(0, { threshold: 0 }).verdict, 'defect');
});

t.test('scores in the hold band go to a person', async (t) => {
	const rules = { threshold: 0.5, holdBand: { below: 0.125, above: 0.25 } };
	const verdicts = [0.37, 0.375, 0.5, 0.74, 0.75, 1].map((score) => judgeScore(score, rules).verdict);
	t.same(verdicts, ['ok', 'review', 'review', 'review', 'defect', 'defect']);
	t.match(judgeScore(0.4, rules).why, /hold band \(0\.375 to 0\.750\) around the threshold 0\.500: a person decides/);
});

t.test('only a part that is ok passes', async (t) => {
	const rules = { ...by(0.5), holdBand: { below: 0.1, above: 0 } };
	const dispositions = [0.1, 0.45, 0.9].map((score) => decide({ score }, { width: 1, height: 1 }, rules).disposition);
	t.same(dispositions, ['pass', 'hold', 'reject']);
});

t.test('defects are the regions of the mask above one half; both IoUs are kept apart', async (t) => {
	// 4 × 2: one region of two pixels, one of one.
	const mask = Float32Array.of(0.9, 0.7, 0, 0.6, 0, 0, 0, 0.5);
	const truth = { width: 4, height: 2, data: Uint8Array.of(255, 255, 0, 0, 0, 0, 0, 255) };
	const size = { width: 4, height: 2 };
	const { defects, measuredIou, expectedIou, expectedIouCorrected } = decide(
		{ score: 0.9, mask },
		size,
		by(0.5),
		truth,
	);
	t.same(
		defects.map(({ box, areaPx, lengthPx }) => [box, areaPx, lengthPx]),
		[
			[{ x: 0, y: 0, width: 2, height: 1 }, 2, Math.sqrt(5)],
			[{ x: 3, y: 0, width: 1, height: 1 }, 1, Math.SQRT2],
		],
	);
	t.equal(measuredIou, 2 / 4);
	t.ok(Math.abs(expectedIou! - (0.9 + 0.7 + 0.6) / (3 + 0.5)) < 1e-6);
	const knots = [
		{ expected: 0, corrected: 0 },
		{ expected: 1, corrected: 0.5 },
	];
	const corrected = decide({ score: 0.9, mask }, size, { ...by(0.5), iouCorrection: { knots } }, truth);
	t.ok(Math.abs(corrected.expectedIou! - expectedIou! / 2) < 1e-9, "the bundle's correction is applied");
	t.strictSame([expectedIouCorrected, corrected.expectedIouCorrected, corrected.measuredIou], [false, true, 2 / 4]);
	t.notOk('measuredIou' in decide({ score: 0.9, mask }, size, by(0.5)), 'no truth, nothing measured');
	for (const key of ['class', 'areaMm2', 'lengthMm', 'boxMm']) t.notOk(key in defects[0], `no ${key} is made up`);
});

t.test('a sound part without a defect pixel has no IoU at all', async (t) => {
	const mask = new Float32Array(4);
	const truth = { width: 2, height: 2, data: new Uint8Array(4) };
	const { why, ...decision } = decide({ score: 0.1, mask }, { width: 2, height: 2 }, by(0.5), truth);
	t.same(decision, { verdict: 'ok', disposition: 'pass', score: 0.1, defects: [] });
});

t.test('a mask full of specks does not make an endless record, and what is left out is counted', async (t) => {
	const mask = Float32Array.from({ length: 256 * 256 }, (_, i) => (i % 2 && Math.floor(i / 256) % 2 ? 1 : 0));
	const size = { width: 256, height: 256 };
	const { defects, unlistedDefects, verdict } = decide({ score: 0.1, mask }, size, by(0.5));
	t.same([defects.length, unlistedDefects, verdict], [100, 128 * 128 - 100, 'ok']);
	const ruled = decide({ score: 0.1, mask }, size, by(0.5, { severity: ['defect if length > 9 px'] }));
	t.match(ruled, { verdict: 'review', why: /has 16384 places; the rules saw only the 1000 largest/ });
});

t.test('the class of a defect is what most of its probability says', async (t) => {
	const mask = Float32Array.of(0.6, 0.6, 0.95, 0, 0.8, 0, 0.9, 0.9);
	const inspected = {
		score: 0.9,
		mask,
		// Two pixels say Crack, a surer one Fray; then one that says sound; then Crack.
		labels: Uint8Array.of(1, 1, 2, 0, 0, 0, 1, 1),
		classScores: Float32Array.of(0.1, 0.2, 0.7),
	};
	const { defects } = decide(inspected, { width: 8, height: 1 }, by(0.5, {}, CLASSES));
	t.same(
		defects.map(({ box, class: name }) => [box.x, name]),
		[
			[0, 'Crack'],
			[6, 'Crack'],
			[4, 'Fray'],
		],
		'where no pixel says a class, the part does',
	);
});

t.test('millimetres follow the fit of the camera image to the model, each axis by its own factor', async (t) => {
	// 400 × 100 pixels of 0.05 mm become 100 × 50: a pixel of the mask is 0.2 mm wide and 0.1 mm high.
	const fitted = { width: 100, height: 50 };
	const mmPerPixel = scaleAfterFit({ x: 0.05, y: 0.05 }, { width: 400, height: 100 }, fitted);
	t.same(mmPerPixel, { x: 0.2, y: 0.1 });
	const mask = new Float32Array(100 * 50);
	for (let x = 10; x < 13; x++) for (let y = 20; y < 28; y++) mask[y * 100 + x] = 1;
	const [defect] = decide({ score: 1, mask }, { ...fitted, mmPerPixel }, by(0.5)).defects;
	t.equal(defect.areaPx, 24);
	t.ok(Math.abs(defect.areaMm2! - 3 * 0.2 * (8 * 0.1)) < 1e-9);
	t.ok(Math.abs(defect.lengthPx - Math.hypot(3, 8)) < 1e-9);
	t.ok(Math.abs(defect.lengthMm! - Math.hypot(0.6, 0.8)) < 1e-9);
	t.match(
		Object.values(defect.boxMm!).map((mm) => Number(mm.toFixed(9))),
		[2, 2, 0.6, 0.8],
	);
});

t.test('rules make a verdict stricter and say so; the strictest counts', async (t) => {
	const mask = Float32Array.of(1, 1, 1, 0, 1);
	const size = { width: 5, height: 1, mmPerPixel: { x: 1, y: 1 } };
	const severity = ['review if any defect', 'defect if area > 2 mm²', 'review if length > 3 mm'];
	const decision = decide({ score: 0.1, mask }, size, by(0.5, { mmPerPixel: 1, severity }));
	t.match(decision, { verdict: 'defect', disposition: 'reject', rule: 'defect if area > 2 mm²' });
	t.equal(decision.why, 'Defect, 3 mm², 3.2 mm long: rule "defect if area > 2 mm²".');
	const flagged = decide({ score: 0.9, mask }, size, by(0.5, { severity: ['review if any defect'] }));
	t.match(flagged, { verdict: 'defect', why: 'Score 0.900 reaches the threshold 0.500.' }, 'never milder');
	t.notOk('rule' in flagged);
	const whole = decide({ score: 0.1, mask }, size, by(0.5, { mmPerPixel: 1, severity: ['review if count > 1'] }));
	t.equal(whole.why, '2 defects, 4 mm² together, score 0.100: rule "review if count > 1".');
});

t.test('regions below the minimum size are no defects, by class; the verdict stays', async (t) => {
	const mask = Float32Array.of(1, 0, 1, 1, 0, 1, 1, 1);
	const inspected = { score: 0.9, mask, labels: Uint8Array.of(1, 0, 2, 2, 0, 2, 2, 2) };
	const minimumSize = { default: { area: '3 px²', length: '99 px' }, crack: { length: '1 px' } };
	const decision = decide(inspected, { width: 8, height: 1 }, by(0.5, { minimumSize }, CLASSES));
	t.same(
		decision.defects.map(({ box, class: name }) => [box.x, name]),
		[
			[5, 'Fray'],
			[0, 'Crack'],
		],
		'reaching one of the sizes is enough; the small Fray is none',
	);
	t.match(decision, { smallRegions: 1, verdict: 'defect' });
	const onlySmall = decide(
		{ score: 0.9, mask },
		{ width: 8, height: 1 },
		by(0.5, { minimumSize: { default: { area: '9 px²' } } }),
	);
	t.match(onlySmall, { verdict: 'defect', defects: [], smallRegions: 3 });
});

t.test(
	'where relaxing is allowed, rules and minimum sizes take back what the threshold says, and nothing else',
	async (t) => {
		const mask = Float32Array.of(1, 1, 0, 1);
		const size = { width: 4, height: 1 };
		const relaxing = (severity: string[], more = {}) => by(0.5, { severity, allowRelaxing: true, ...more });
		const passed = decide({ score: 0.9, mask }, size, relaxing(['ok if total area < 4 px²']));
		t.match(passed, { verdict: 'ok', disposition: 'pass', rule: 'ok if total area < 4 px²' });
		t.equal(
			passed.why,
			'2 defects, 3 px² together, score 0.900: rule "ok if total area < 4 px²". It overrides: Score 0.900 reaches the threshold 0.500.',
		);
		const both = relaxing(['ok if total area < 4 px²', 'defect if count > 1']);
		t.match(decide({ score: 0.9, mask }, size, both), { verdict: 'defect', rule: 'defect if count > 1' });
		const tiny = relaxing([], { minimumSize: { default: { area: '3 px²' } } });
		t.match(decide({ score: 0.9, mask }, size, tiny), {
			verdict: 'ok',
			why: /^All 2 places found are below the minimum size/,
		});
		const blank = decide({ score: 0.9, mask: new Float32Array(4) }, size, tiny);
		t.equal(blank.verdict, 'defect', 'a flagged part in which nothing is marked stays flagged');
	},
);
