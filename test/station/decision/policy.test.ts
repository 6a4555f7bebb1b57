import t from 'tap';
import { decisionFor, decisionSchema } from '../../../src/station/decision/decision-schema.ts';
import { type Judged, policyOf } from '../../../src/station/decision/policy.ts';
import { promiseVoidOf, shownPoint, whyPromiseIsVoid } from '../../../src/station/decision/promise.ts';

const CLASSES: Judged = {
	outputs: { score: 'score', mask: 'mask', labels: 'labels' },
	classes: ['Blowhole', 'Crack', 'Cold shut'],
};
const BINARY: Judged = { outputs: { score: 'score', mask: 'mask' }, classes: ['Crack'] };
const WHOLE: Judged = { outputs: { score: 'score' }, classes: ['Crack'] };
const section = (config: object) => decisionSchema.parse(config);

t.test('a rule that passes flagged parts is refused unless it is allowed by name', async (t) => {
	const severity = ['review if any Crack', 'ok if total area < 0.5 mm²'];
	const { success, error } = decisionSchema.safeParse({ severity });
	t.notOk(success);
	t.match(error!.issues, [
		{ path: ['severity', 1], message: /allowRelaxing: true allows it and gives up the promised recall/ },
	]);
	t.ok(decisionSchema.safeParse({ severity, allowRelaxing: true }).success);
});

t.test('the promise is void exactly when a flagged part may pass', async (t) => {
	const why = (config: object) => whyPromiseIsVoid(section(config));
	const minimumSize = { default: { area: '4 px²' } };
	t.equal(whyPromiseIsVoid(undefined), undefined);
	t.equal(why({ severity: ['defect if any Crack'], minimumSize }), undefined);
	t.equal(why({ severity: ['defect if any Crack'], allowRelaxing: true }), undefined, 'allowed, but nothing relaxes');
	t.match(why({ severity: ['ok if count < 2'], allowRelaxing: true }), /The rule "ok if count < 2" may pass/);
	t.match(why({ minimumSize, allowRelaxing: true }), /^The minimum size of defects may/);
	const point = {
		threshold: 0.3,
		method: 'guaranteed-recall',
		recall: 0.9,
		confidence: 0.95,
		n: 40,
		toleratedMisses: 0,
		precision: 'int8',
	} as const;
	t.equal(shownPoint(point, []), point);
	t.same(shownPoint(point, ['because']), { threshold: 0.3, method: 'fixed', precision: 'int8' });
});

t.test('a promise of few false rejects is void when rules may reject more', async (t) => {
	const point = {
		threshold: 0.3,
		method: 'max-recall',
		confidence: 0.95,
		guarantees: [{ quantity: 'false-rejects', bound: 0.05, confidence: 0.95, n: 200, tolerated: 4 }],
		precision: 'int8',
	} as const;
	const voids = (severity: string[]) => promiseVoidOf(section({ severity }), point);
	t.same(voids(['review if any defect']), [], 'what is held is not rejected');
	t.match(voids(['review if any defect', 'defect if any Crack']), [
		/^The rule "defect if any Crack" may reject sound parts/,
	]);
	const recall = {
		...point,
		method: 'guaranteed-recall',
		recall: 0.9,
		n: 40,
		toleratedMisses: 0,
		guarantees: undefined,
	} as const;
	t.same(promiseVoidOf(section({ severity: ['defect if any Crack'] }), recall), [], 'a promised recall stays');
	t.same(promiseVoidOf(undefined, point), []);
});

t.test('a misread rule or size is named with its place', async (t) => {
	const issues = decisionSchema.safeParse({
		severity: ['defect if any Crack', 'review if area > 2'],
		minimumSize: { Crack: { length: '3 mm²' }, default: {} },
	}).error!.issues;
	t.match(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).sort(), [
		/^minimumSize\.Crack\.length: .*unit of length/,
		/^minimumSize\.default: expected area, length or both/,
		/^severity\.1: .*at character 19/,
	]);
});

t.test('classes are those of the bundle, in any case', async (t) => {
	const { rules, minimumSizeOf } = policyOf(
		CLASSES,
		section({
			severity: ['defect if any crack or class is "cold shut"'],
			minimumSize: { BLOWHOLE: { area: '4 px²' } },
		}),
	);
	t.match(rules[0].condition, { terms: [{ name: { text: 'Crack' } }, { name: { text: 'Cold shut' } }] });
	t.match(minimumSizeOf('Blowhole'), { area: { value: 4 } });
	t.equal(minimumSizeOf('Crack'), undefined);
	const unknown = /one of Blowhole, Crack, Cold shut, found "Crak" in the rule .* at character 15/;
	t.throws(() => policyOf(CLASSES, section({ severity: ['defect if any Crak'] })), {
		code: 'CONFIG_INVALID',
		message: unknown,
	});
	t.throws(() => policyOf(CLASSES, section({ minimumSize: { Crak: { area: '4 px²' } } })), { code: 'CONFIG_INVALID' });
});

t.test('what a bundle cannot tell is no rule for it', async (t) => {
	const rule = section({ severity: ['defect if any Crack'] });
	t.throws(() => policyOf(BINARY, rule), { message: /tells none apart/ });
	t.throws(() => policyOf(WHOLE, section({ severity: ['review if count > 2'] })), { message: /only scores parts/ });
	t.throws(() => policyOf(WHOLE, section({ minimumSize: { default: { area: '4 px²' } } })), { code: 'CONFIG_INVALID' });
	t.equal(policyOf(WHOLE, section({ severity: ['review if score > 0.2'] })).rules.length, 1);
	t.same(policyOf(BINARY).classes, [], 'a mask without classes gives its defects none');
});

t.test('sizes in mm need a scale, which a camera may have of its own', async (t) => {
	const inMm = section({ severity: ['defect if area > 2 mm²'] });
	t.throws(() => policyOf(BINARY, inMm), { message: /found no mmPerPixel/ });
	t.throws(() => policyOf(BINARY, section({ minimumSize: { default: { length: '1 mm' } } })), {
		code: 'CONFIG_INVALID',
	});
	t.same(policyOf(BINARY, decisionFor(inMm, 0.05)).mmPerPixel, { x: 0.05, y: 0.05 });
	t.same(policyOf(BINARY, decisionFor(undefined, { x: 0.1, y: 0.05 })).mmPerPixel, { x: 0.1, y: 0.05 });
	t.equal(decisionFor(inMm, undefined), inMm);
});
