import t from 'tap';
import { float32 } from '../../src/graph/graph.ts';
import { quantizeWeights } from '../../src/quantization/quantize-weights.ts';

t.test('each output channel has its own scale, and the bias the exact product of scales', async (t) => {
	const weight = float32([2, 3, 1, 1], [0.5, -1.27, 0.635, 0.01, 0.02, 0.254]);
	const { weight: codes, weightScales, bias, biasScales } = quantizeWeights(weight, float32([2], [0.1, -3]), 0.125);
	t.strictSame(codes, { type: 'int8', dims: [2, 3, 1, 1], data: Int8Array.of(50, -127, 64, 5, 10, 127) });
	const scales = Float32Array.of(0.01, 0.002);
	t.strictSame(weightScales, float32([2], scales));
	t.strictSame(
		biasScales,
		float32(
			[2],
			Float32Array.from(scales, (s) => s * 0.125),
		),
	);
	t.strictSame(bias, { type: 'int32', dims: [2], data: Int32Array.of(80, -12000) });
});

t.test('a channel of zeros keeps scale 1, a missing bias stays missing', async (t) => {
	const { weightScales, bias, weight } = quantizeWeights(float32([1, 2, 1, 1], [0, 0]), undefined, 0.5);
	t.strictSame(weightScales.data, Float32Array.of(1));
	t.strictSame(weight.data, Int8Array.of(0, 0));
	t.equal(bias, undefined);
});

t.test('a weight scale is enlarged until the bias fits into int32', async (t) => {
	const bias = 40;
	const inputScale = 1e-4;
	const {
		weightScales,
		biasScales,
		bias: codes,
	} = quantizeWeights(float32([2, 1, 1, 1], [1e-4, 1]), float32([2], [bias, bias]), inputScale);
	t.ok(Math.abs(weightScales.data[0] as number) > 1e-4 / 127, 'enlarged');
	const code = codes!.data[0] as number;
	t.ok(code > 0.999 * 2 ** 31 && code < 2 ** 31, `uses int32 to the full: ${code}`);
	t.ok(Math.abs(code * (biasScales.data[0] as number) - bias) < 1e-3);
	t.equal(weightScales.data[1], Math.fround(1 / 127), 'the other channel is not touched');
});

t.test('with the means of the inputs, the bias takes back what rounding shifts on average', async (t) => {
	// Two groups: each output channel reads its own two input channels.
	const weight = float32([2, 2, 1, 1], [0.127, 0.0254, 0.254, 0.0015]);
	const means = Float64Array.of(100, 50, 10, 400);
	const {
		weight: codes,
		weightScales,
		bias,
		biasScales,
	} = quantizeWeights(weight, undefined, 1e-3, {
		inputMeans: means,
	});
	for (const c of [0, 1]) {
		const value = (data: ArrayLike<unknown>, i: number) => Number(data[i]);
		const sum = (weights: (i: number) => number) =>
			[0, 1].reduce((s, i) => s + weights(2 * c + i) * means[2 * c + i], 0);
		const scale = value(weightScales.data, c);
		const quantized = sum((i) => value(codes.data, i) * scale) + value(bias!.data, c) * value(biasScales.data, c);
		const float = sum((i) => value(weight.data, i));
		t.ok(Math.abs(quantized - float) < value(biasScales.data, c), `channel ${c}: ${quantized} against ${float}`);
	}
	t.ok(Math.abs(Number(bias!.data[1])) > 100, 'there was something to take back');
});
