import t from 'tap';
import {
	activationParameters,
	INT8,
	quantize,
	roundHalfEven,
	UINT8,
	weightScale,
} from '../../src/quantization/parameters.ts';

t.test('ties round to the even neighbour, on both sides of zero', async (t) => {
	const cases = [
		[0.5, 0],
		[1.5, 2],
		[2.5, 2],
		[-0.5, 0],
		[-1.5, -2],
		[-2.5, -2],
		[2.4999, 2],
		[2.5001, 3],
		[254.5, 254],
		[-127.5, -128],
		[2147483646.5, 2147483646],
	];
	for (const [x, expected] of cases) t.equal(roundHalfEven(x) + 0, expected, `${x}`);
});

t.test('a range that only has positive values gets zero point 0', async (t) => {
	t.strictSame(activationParameters({ min: 0.5, max: 5.1 }), { scale: Math.fround(5.1 / 255), zeroPoint: 0 });
});

t.test('a range that only has negative values gets zero point 255', async (t) => {
	t.strictSame(activationParameters({ min: -2.55, max: -1 }), { scale: Math.fround(0.01), zeroPoint: 255 });
});

t.test('zero is exact in a mixed range', async (t) => {
	const parameters = activationParameters({ min: -1, max: 3 });
	t.strictSame(parameters, { scale: Math.fround(4 / 255), zeroPoint: 64 });
	t.equal(quantize(0, parameters, UINT8), 64);
});

t.test('a range that is empty or too small to divide by gets scale 1', async (t) => {
	t.strictSame(activationParameters({ min: 0, max: 0 }), { scale: 1, zeroPoint: 0 });
	t.strictSame(activationParameters({ min: -1e-40, max: 1e-40 }), { scale: 1, zeroPoint: 0 });
	t.equal(weightScale(0), 1);
});

t.test('values outside the range are clipped to the outermost codes', async (t) => {
	const parameters = activationParameters({ min: -1, max: 3 });
	t.equal(quantize(100, parameters, UINT8), 255);
	t.equal(quantize(-100, parameters, UINT8), 0);
	t.equal(quantize(-1, { scale: weightScale(1), zeroPoint: 0 }, INT8), -127);
});
