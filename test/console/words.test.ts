import t from 'tap';

// @ts-expect-error the page's modules are plain JavaScript
import * as words from '../../src/console/web/words.js';

const { defectWords, halt, health, notListed, reason, recipe, recipes, rulesInForce } = words;

t.test('a defect is told in mm where there is a scale, and in pixels where there is none', (t) => {
	const defect = { areaPx: 1200, lengthPx: 56.2, peak: 0.934, box: {} };
	t.same(defectWords(defect), { name: 'Defect', area: '1\u202f200 px²', length: '56 px long', certainty: '93 %' });
	const { area, length } = defectWords({ ...defect, areaMm2: 3.126, lengthMm: 4.2 });
	t.same([area, length], ['3.1 mm²', '4.2 mm long']);
	t.equal(defectWords({ areaPx: 3, peak: 1 }).length, '', 'records of older stations have no length');
	t.end();
});

t.test('what is not listed is counted', (t) => {
	t.equal(notListed({}, 0), '');
	t.equal(notListed({ unlistedDefects: 20 }, 3), '23 more');
	t.equal(notListed({ smallRegions: 2 }, 1), '1 more, 2 below the minimum size');
	t.end();
});

t.test('rules in force stand beside the promise', (t) => {
	t.equal(rulesInForce(undefined), '');
	t.match(
		rulesInForce(['review if any defect', 'defect if any Crack']),
		/^Beside the threshold: review if any defect; defect if any Crack\./,
	);
	t.end();
});

t.test('the station’s own reason is shown; records without one are put into words', (t) => {
	const record = { verdict: 'defect', defects: [{}], disposition: 'reject' };
	t.equal(reason({ ...record, why: 'Because.' }), 'Because.');
	t.equal(reason(record), 'At or above the threshold. 1 place marked.');
	t.equal(reason({ ...record, verdict: 'not-inspected', reason: 'No picture.' }), 'No picture.');
	t.end();
});

t.test('an output that cannot be driven is said before everything that can wait', (t) => {
	const outputs = [{ id: 'lamp' }, { id: 'ejector', fault: { message: 'An output cannot be driven.' } }];
	const state = { status: 'degraded', cameras: [], outputs, broker: { status: 'offline' }, golden: {} };
	t.same(health(state), { level: 'bad', text: 'Output ejector: An output cannot be driven.' });
	t.end();
});

t.test('what is wrong with a camera is said with its name, the blind one first, and the others go on', (t) => {
	const well = { id: 'front', source: 'rtsp', status: 'running' };
	const dim = { ...well, id: 'side', fault: { message: 'The picture is over-exposed.' } };
	const gone = { ...well, id: 'back', fault: { message: 'The camera is gone. Check its cable.', blind: true } };
	const state = { status: 'faulted', cameras: [well, dim, gone], broker: { status: 'connected' }, golden: {} };
	t.same(health(state), {
		level: 'bad',
		text: 'Camera back: The camera is gone. Check its cable. Also look at side.',
	});
	t.equal(halt(state, true), undefined, 'the page follows the cameras that inspect');
	t.match(halt({ ...state, cameras: [gone] }, true), { word: 'Not inspecting' });
	t.match(halt(state, false), { word: 'No news' });
	t.match(health({ ...state, status: 'degraded', cameras: [dim] }), { level: 'warn', text: /Camera side/ });
	t.end();
});

t.test('a recipe is named, with how a candidate beside it does', (t) => {
	const state = { recipe: { id: 'cover', version: '4' } };
	t.equal(recipe(state), 'cover, version 4');
	const shadow = { candidate: { version: '5' }, of: 1300, scored: 0, agree: 0, moreDefects: 0, fewerDefects: 0 };
	t.equal(recipe({ ...state, shadow }), 'cover, version 4 · candidate 5 scored none of 1\u202f300 yet');
	t.equal(
		recipe({ ...state, shadow: { ...shadow, scored: 420, agree: 412, moreDefects: 3, fewerDefects: 5 } }),
		'cover, version 4 · candidate 5 agrees on 412 of 420 (stops 3 more, passes 5 more)',
	);
	const [cover, base] = [
		{ id: 'cover', inForce: true, codes: ['4711'] },
		{ id: 'base', codes: [], fault: 'broken' },
	];
	t.equal(recipes({ recipes: [cover] }), '');
	t.equal(recipes({ recipes: [cover, base] }), '▸ cover (codes 4711)\nbase: broken');
	t.end();
});
