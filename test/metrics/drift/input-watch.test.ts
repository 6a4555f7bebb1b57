import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { driftReferenceOf, heldInMix } from '../../../src/metrics/drift/drift-reference.ts';
import { InputWatch } from '../../../src/metrics/drift/input-watch.ts';

function partOf(random: Random, { dim = 1, odd = 0 } = {}) {
	const light = 100 + 5 * random.normal();
	return {
		defective: false,
		values: { brightness: dim * light, score: 0.02 + 0.01 * random.uniform() },
		signature: Array.from({ length: 6 }, (_, d) => random.normal() + (d === 2 ? odd : 0)),
	};
}

function watchOf(random: Random) {
	const parts = (n: number) => Array.from({ length: n }, () => partOf(random));
	const reference = driftReferenceOf(parts(100), parts(200));
	const setup = { reference, falseAlarmParts: 100_000, defectiveShare: 0 };
	return { setup, watch: new InputWatch<number>(setup, () => random.uniform()) };
}

t.test('what moved is named, and nothing else', async (t) => {
	const random = new Random(1);
	const { watch } = watchOf(random);
	t.same(watch.statistics, ['brightness', 'texture', 'score']);
	for (let i = 0; i < 500; i++) watch.add(partOf(random), i);
	t.same(watch.alarms(), []);
	for (let i = 500; i < 560; i++) watch.add(partOf(random, { dim: 0.9 }), i);
	t.match(watch.alarms(), [{ statistic: 'brightness', kind: 'down' }]);
	t.equal(watch.alarms().length, 1);
});

t.test('a surface that calibration did not know raises the distance', async (t) => {
	const random = new Random(2);
	const { watch } = watchOf(random);
	for (let i = 0; i < 60; i++) watch.add(partOf(random, { odd: 6 }), i);
	t.match(watch.alarms(), [{ statistic: 'texture', kind: 'up' }]);
});

t.test('alarms survive a restart and end by decree', async (t) => {
	const random = new Random(3);
	const { setup, watch } = watchOf(random);
	for (let i = 0; i < 60; i++) watch.add(partOf(random, { dim: 0.8 }), i);
	const next = new InputWatch<number>(setup, () => random.uniform(), JSON.parse(JSON.stringify(watch.state())));
	t.same(next.alarms(), watch.alarms());
	t.equal(next.alarms().length, 1);
	next.reset();
	t.same(next.alarms(), []);
});

t.test('held parts are taken in the mix of the line', async (t) => {
	const random = new Random(4);
	const held = Array.from({ length: 200 }, (_, i) => ({ ...partOf(random), defective: i % 2 === 0 }));
	const reference = driftReferenceOf(held.slice(0, 50), held);
	const mix = (share: number) => {
		const parts = heldInMix(reference, share);
		return [parts.filter((part) => !part.defective).length, parts.filter((part) => part.defective).length];
	};
	t.same(mix(0), [100, 0]);
	t.same(mix(0.1), [100, 11]);
	t.same(mix(0.8), [25, 100]);
});
