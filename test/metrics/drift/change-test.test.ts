import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { ALL_BETS } from '../../../src/metrics/drift/bets.ts';
import { ChangeTest, RECOVERY_PARTS } from '../../../src/metrics/drift/change-test.ts';
import { cutPointsOf } from '../../../src/metrics/drift/rank-counts.ts';

const draw = (random: Random, n: number) => Array.from({ length: n }, () => random.normal());

function setupOf(random: Random, falseAlarmParts: number, n = 300) {
	return { cutPoints: cutPointsOf(draw(random, n)), held: draw(random, n), bets: ALL_BETS, falseAlarmParts };
}

t.test('every bet pays 1 on average when ranks are uniform', async (t) => {
	for (const { kind, pays } of ALL_BETS) {
		// The integral over the normal density.
		let mean = 0;
		for (let z = -12; z <= 12; z += 0.01) mean += (pays(z) * Math.exp((-z * z) / 2) * 0.01) / Math.sqrt(2 * Math.PI);
		t.ok(Math.abs(mean - 1) < 1e-6, `${kind}: ${mean}`);
	}
});

t.test('false alarms come no more often than stated, with a small calibration too', async (t) => {
	const random = new Random(2);
	let alarms = 0;
	for (let run = 0; run < 10; run++) {
		const test = new ChangeTest<number>(setupOf(random, 2000, 60));
		for (let i = 0; i < 4000; i++) {
			if (test.add(random.normal(), i, random.uniform()) !== 'began') continue;
			alarms++;
			test.reset();
		}
	}
	// At most 20 are expected in 40,000 parts; more than 34 would come in 1 of 500 such runs at that rate.
	t.ok(alarms <= 34, `${alarms} alarms`);
	t.ok(alarms > 0, 'the statement is not met by never saying anything');
});

t.test('a change is noticed soon, with its direction, its size and the part since when', async (t) => {
	const random = new Random(3);
	const test = new ChangeTest<number>(setupOf(random, 100_000));
	for (let i = 0; i < 3000; i++) test.add(random.normal(), i, random.uniform());
	let parts = 0;
	while (!test.change && parts < 300) test.add(random.normal() - 1, 3000 + parts++, random.uniform());
	t.match(test.change, { kind: 'down' });
	t.ok(parts < 80, `${parts} parts`);
	t.ok(Math.abs(test.change!.since - 3000) < 20, `since ${test.change!.since}`);
	t.ok(
		Math.abs(test.change!.now - test.change!.before + 1) < 0.4,
		`moved by ${test.change!.now - test.change!.before}`,
	);
});

t.test('values that vary less, as those of a camera that repeats its picture, are noticed', async (t) => {
	const random = new Random(4);
	const test = new ChangeTest<number>(setupOf(random, 100_000));
	for (let i = 0; i < 200 && !test.change; i++) test.add(0.1, i, random.uniform());
	t.equal(test.change?.kind, 'narrower');
});

t.test('an alarm stands as long as the change does, and ends when calibration is back', async (t) => {
	const random = new Random(5);
	const test = new ChangeTest<number>(setupOf(random, 10_000));
	const feed = (shift: number, n: number) =>
		Array.from({ length: n }, (_, i) => test.add(random.normal() + shift, i, random.uniform())).filter(Boolean);
	t.same(feed(1, 100), ['began']);
	t.same(feed(1, 5 * RECOVERY_PARTS), []);
	t.ok(Math.abs(test.change!.now - 1) < 0.3, 'it tells how large the change is by now');
	t.same(feed(0, 2 * RECOVERY_PARTS), ['ended']);
	t.same(feed(1, 100), ['began'], 'what came before has not become the new normal');
});

t.test('a restart goes on where the test was', async (t) => {
	const random = new Random(6);
	const setup = setupOf(random, 10_000);
	const whole = new ChangeTest<number>(setup);
	let broken = new ChangeTest<number>(setup);
	for (let i = 0; i < 60; i++) {
		const value = random.normal() + 0.8;
		const chance = random.uniform();
		whole.add(value, i, chance);
		broken.add(value, i, chance);
		broken = new ChangeTest<number>(setup, JSON.parse(JSON.stringify(broken.state())));
	}
	t.ok(whole.change);
	t.same(broken.state(), whole.state());
});
