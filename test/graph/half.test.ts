import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { fromHalves, LARGEST_HALF, toHalves } from '../../src/graph/half.ts';

t.test('every float16 survives the way to float32 and back', async (t) => {
	const all = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter((bits) => (bits & 0x7c00) !== 0x7c00);
	const { bits, saturated } = toHalves(fromHalves(all));
	t.equal(saturated, 0);
	t.strictSame(bits, all);
});

t.test('values between two neighbours go to the nearer one, from the middle to the even one', async (t) => {
	const positive = Uint16Array.from({ length: 0x7bff }, (_, i) => i);
	const [below, above] = [fromHalves(positive), fromHalves(positive.map((bits) => bits + 1))];
	const at = (share: number) => toHalves(below.map((low, i) => low + share * (above[i] - low))).bits;
	t.strictSame(at(0.25), positive, 'nearer the lower one');
	t.strictSame(
		at(0.75),
		positive.map((bits) => bits + 1),
		'nearer the upper one',
	);
	t.strictSame(
		at(0.5),
		positive.map((bits) => bits + (bits & 1)),
		'from the middle to the even one',
	);
});

t.test('what is too large becomes the largest finite value, and is counted', async (t) => {
	const { bits, saturated } = toHalves([65_519.99, 65_520, -1e30, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
	t.strictSame([...fromHalves(bits)], [LARGEST_HALF, LARGEST_HALF, -LARGEST_HALF, -Infinity, Infinity]);
	t.equal(saturated, 2);
});

t.test('the smallest values become subnormal or zero and keep their sign; NaN stays NaN', async (t) => {
	const { bits } = toHalves([2 ** -24, 2 ** -25, 1.5 * 2 ** -25, -(2 ** -30), 1e-40, -0, Number.NaN]);
	t.strictSame([...bits.slice(0, 6)], [1, 0, 1, 0x8000, 0, 0x8000]);
	t.ok(Number.isNaN(fromHalves(bits)[6]));
});

t.test(
	"random numbers round as the runtime's own float16 does",
	{ skip: 'f16round' in Math ? false : 'this Node has no Math.f16round' },
	async (t) => {
		const { f16round } = Math as Math & { f16round(x: number): number };
		const random = new Random(5);
		const values = Float32Array.from({ length: 20_000 }, () => random.normal() * 2 ** random.between(-27, 15));
		const finite = values.filter((v) => Number.isFinite(f16round(v)));
		t.strictSame(fromHalves(toHalves(finite).bits), finite.map(f16round));
	},
);
