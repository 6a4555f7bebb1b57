import t from 'tap';
import { goldenSchema } from '../../../src/station/golden/golden-options.ts';
import type { GoldenOutcome } from '../../../src/station/golden/golden-run.ts';
import { type GoldenContext, judgeGolden, type ReferencePart } from '../../../src/station/golden/judge-golden.ts';

const context: GoldenContext = {
	mode: 'injected',
	precision: 'int8',
	threshold: 0.5,
	enrolledThreshold: 0.5,
	requirements: goldenSchema.parse({}).pass,
};

const references: ReferencePart[] = [
	{ id: 'a', class: 'crack', defective: true, enrolled: { int8: { score: 0.9, iou: 0.8 } } },
	{ id: 'b', class: 'pit', defective: true, enrolled: { int8: { score: 0.7, iou: 0.6 } } },
	{ id: 'c', class: 'ok', defective: false, enrolled: { int8: { score: 0.1 } } },
	{ id: 'd', class: 'ok', defective: false, enrolled: { int8: { score: 0.2 } } },
];

const asEnrolled: GoldenOutcome[] = [
	{ part: 'a', verdict: 'defect', score: 0.9, measuredIou: 0.8 },
	{ part: 'b', verdict: 'defect', score: 0.7, measuredIou: 0.6 },
	{ part: 'c', verdict: 'ok', score: 0.1 },
	{ part: 'd', verdict: 'ok', score: 0.2 },
];

const changed = (part: string, change: Partial<GoldenOutcome>) =>
	asEnrolled.map((outcome) => (outcome.part === part ? { ...outcome, ...change } : outcome));

t.test('parts that are judged as at enrolment pass, and every figure has its n', async (t) => {
	t.match(judgeGolden(references, asEnrolled, context), {
		passed: true,
		why: [],
		hints: [],
		n: { defective: 2, sound: 2 },
		recall: 1,
		missed: [],
		falseRejects: { n: 2, count: 0, atEnrolment: 0 },
		measuredIou: { n: 2, mean: 0.7, enrolled: 0.7 },
		scoreShift: { n: 4, meanAbsolute: 0, largest: 0 },
	});
});

t.test('a defect that passes fails the run, one that a person would see does not', async (t) => {
	const missed = judgeGolden(references, changed('b', { verdict: 'ok' }), context);
	t.match(missed, { passed: false, recall: 0.5, missed: ['b'] });
	t.match(missed.why, [
		/^1 of 2 defective golden parts would have passed: b \(pit\) scores 0\.700, 0\.700 at enrolment$/,
	]);
	t.equal(judgeGolden(references, changed('b', { verdict: 'review' }), context).passed, true);
});

t.test('rejects count beyond those of enrolment and the margin', async (t) => {
	const rejected = changed('d', { verdict: 'defect' });
	t.match(judgeGolden(references, rejected, context).why, [/^1 of 2 sound golden parts would have been rejected/]);
	t.equal(judgeGolden(references, rejected, { ...context, enrolledThreshold: 0.2 }).passed, true, 'it was one before');
	const requirements = goldenSchema.parse({ pass: { extraFalseRejects: 1 } }).pass;
	t.equal(judgeGolden(references, rejected, { ...context, requirements }).passed, true);
	t.match(judgeGolden(references, changed('d', { verdict: 'review' }), context), { passed: true, held: 1 });
});

t.test('scores may move within the tolerance of the mode', async (t) => {
	const moved = asEnrolled.map((outcome) => ({ ...outcome, score: outcome.score! - 0.05 }));
	const judgement = judgeGolden(references, moved, context);
	t.match(judgement.why, [/^scores moved by 0\.050 on average over 4 parts; 0\.02 is allowed$/]);
	t.match(judgement.hints, [/`andon bundle verify`/]);
	t.equal(judgeGolden(references, moved, { ...context, mode: 'presented' }).passed, true);
	const one = judgeGolden(references, changed('a', { score: 0.77 }), { ...context, requirements: lax });
	t.match(one.why, [/^the score of one part moved by more than 0\.1: a \(crack\) scores 0\.770, 0\.900 at enrolment$/]);
	t.match(one.scoreShift.worst[0], { part: 'a', shift: 0.77 - 0.9 });
});
const lax = goldenSchema.parse({ pass: { injected: { meanScoreShift: 1 } } }).pass;

t.test('a drop of measured IoU fails injected parts, whose masks fit exactly, and only those', async (t) => {
	const worse = changed('a', { measuredIou: 0.5 });
	t.match(judgeGolden(references, worse, context).why, [/measured IoU fell from 0\.700 to 0\.550 over 2 parts/]);
	const presented = judgeGolden(references, worse, { ...context, mode: 'presented' });
	t.match(presented, { passed: true, measuredIou: { n: 2, mean: 0.55 } });
	t.same(judgeGolden(references, changed('a', { measuredIou: undefined }), context).measuredIou.n, 1);
});

t.test('presented parts must look as at enrolment: as sharp and as bright', async (t) => {
	const presented = { ...context, mode: 'presented' } as const;
	const looking = (sharpness: number, brightness: number) =>
		judgeGolden(
			references,
			asEnrolled.map((outcome) => ({ ...outcome, look: { sharpness, brightness } })),
			presented,
		);
	t.match(looking(-0.1, 1.05), { passed: true, look: { n: 4, sharpness: -0.1, brightness: 1.05 } });
	t.match(looking(-0.5, 1), {
		passed: false,
		why: [/^the pictures are blurred: sharpness fell by 0\.500 on average over 4 parts; 0\.35 is allowed$/],
		hints: [/Check focus/],
	});
	t.match(looking(0, 0.7).why, [/^the pictures are 30 % darker than at enrolment over 4 parts; 15 % is allowed$/]);
});

t.test('a part that was not inspected or not enrolled proves nothing, so the run fails', async (t) => {
	const lost = judgeGolden(references, asEnrolled.slice(1), context);
	t.match(lost, { passed: false, why: [/^1 of 4 golden parts could not be inspected/], n: { defective: 1 } });
	const foreign = judgeGolden(references, asEnrolled, { ...context, precision: 'fp16' });
	t.match(foreign, { passed: false, why: [/^4 golden parts had no fp16 score/], scoreShift: { n: 0 } });
});

t.test('the threshold is named when it is another one, first of all when the scores are as they were', async (t) => {
	const typo = judgeGolden(references, changed('b', { verdict: 'ok' }), { ...context, threshold: 0.95 });
	t.match(typo.hints, [/The threshold is 0\.950; at enrolment it was 0\.500\..*check the threshold first/]);
	const blurred = asEnrolled.map((outcome) => ({ ...outcome, score: 0.5 }));
	t.match(judgeGolden(references, blurred, { ...context, mode: 'presented', threshold: 0.4 }).hints, [
		/^The threshold is 0\.400; at enrolment it was 0\.500\.$/,
		/Check focus, lens, light/,
	]);
});
