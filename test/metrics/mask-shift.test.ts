import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { MaskShiftSearch } from '../../src/metrics/mask-shift.ts';

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

/** A mask whose logits are `wrong` too low (or high) everywhere. */
function maskWith(wrong: number, seed: number) {
	const random = new Random(seed);
	const truth = Uint8Array.from({ length: 4000 }, (_, i) => (i < 800 ? 1 : 0));
	const probabilities = Float32Array.from(truth, (t) => sigmoid((t ? 2 : -2) + random.normal() + wrong));
	return { truth, probabilities };
}

t.test('the shift undoes a bias of the logits and raises the IoU', async (t) => {
	for (const wrong of [-2.5, -1, 0, 1.5]) {
		const search = new MaskShiftSearch();
		for (const [i, name] of ['crack', 'dent', 'crack'].entries()) {
			const { truth, probabilities } = maskWith(wrong, i);
			search.add(probabilities, truth, name);
		}
		const { shift, before, after } = search.best();
		t.ok(Math.abs(shift + wrong) < 0.7, `${wrong} → ${shift}`);
		t.ok(after >= before - 0.01);
		if (Math.abs(wrong) > 1) t.ok(after > before + 0.05, `${before} → ${after}`);
	}
});

t.test('a small class counts as much as a large one', async (t) => {
	const search = new MaskShiftSearch();
	const large = Float32Array.from({ length: 10_000 }, (_, i) => sigmoid(i < 5000 ? 3 : -3));
	search.add(
		large,
		Uint8Array.from(large, (p) => (p > 0.5 ? 1 : 0)),
		'large',
	);
	const small = Float32Array.from({ length: 10_000 }, (_, i) => sigmoid(i < 20 ? -1 : -3));
	search.add(
		small,
		Uint8Array.from(small, (_, i) => (i < 20 ? 1 : 0)),
		'small',
	);
	const { shift, before, after } = search.best();
	t.ok(before < 0.51 && after > 0.99);
	t.ok(shift > 1 && shift < 3);
});

t.test('certain pixels and a single class do no harm', async (t) => {
	const search = new MaskShiftSearch();
	search.add(Float32Array.of(0, 1, 1, 0), Uint8Array.of(0, 1, 1, 0), 'a');
	t.same(search.best(), { shift: 0, before: 1, after: 1 });
});
