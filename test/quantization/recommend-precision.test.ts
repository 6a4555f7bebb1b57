import t from 'tap';
import type { QuantizationReport } from '../../src/quantization/quantize-model.ts';
import { recommendPrecision } from '../../src/quantization/recommend-precision.ts';

const audit = { fused: 9, floatConvolutions: [], strayPairs: [], passed: true };
const speed = { fp32Ms: 20, int8Ms: 8, ratio: 2.5 };
const report = { audit, speed, keptInFloat: [], floatScore: null, score: 30 };
const partly = { ...audit, floatConvolutions: ['Conv a'], strayPairs: ['b'], passed: false };

t.test('int8 is the default where it is proved, faster and as good; otherwise the reason is told', async (t) => {
	for (const [change, heldOut, precision, reason] of [
		[{}, { drop: 0.004, limit: 0.01 }, 'int8', /2\.50× as fast .*8\.0 ms against 20\.0 ms.* loses 0\.40 points/],
		[{}, undefined, 'int8', /not judged/],
		[{}, { drop: -0.01, limit: 0.01 }, 'int8', /loses 0\.00 points/],
		[{}, { drop: 0.02, limit: 0.01 }, 'fp32', /loses 2\.00 points .* 1\.00 points are allowed/],
		[{}, { drop: Number.NaN, limit: 0.01 }, 'fp32', /loses/],
		[{ speed: { fp32Ms: 8, int8Ms: 9, ratio: 8 / 9 } }, undefined, 'fp32', /not faster than float: 9\.0 ms/],
		[{ speed: undefined }, undefined, 'fp32', /not measured/],
		[{ audit: { ...audit, fused: 0, passed: false } }, undefined, 'fp32', /no convolution/],
		[{ audit: { ...audit, floatConvolutions: ['Conv a'], passed: false } }, undefined, 'fp32', /1 convolution of/],
		[{ audit: { ...audit, strayPairs: ['a', 'b'], passed: false } }, undefined, 'fp32', /2 values of/],
		[{ audit: { ...audit, passed: false } }, undefined, 'fp32', /audit/],
		[{ audit: partly, keptInFloat: ['a'] }, undefined, 'int8', /2\.50×/],
		[
			{ audit: { ...partly, floatConvolutions: ['Conv a', 'Conv b'] }, keptInFloat: ['a'] },
			undefined,
			'fp32',
			/1 conv/,
		],
		[{ floatScore: 0.9, score: 0.885 }, undefined, 'int8', /loses 1\.50 points/],
		[{ floatScore: 0.9, score: 0.87 }, undefined, 'fp32', /loses 3\.00 points .* 2\.00 points are/],
	] as const)
		t.match(recommendPrecision({ ...report, ...change } as unknown as QuantizationReport, heldOut), {
			precision,
			reason,
		});
});

t.test('a report that was judged on held-out images brings its own drop', async (t) => {
	const report = { audit, speed, keptInFloat: [], floatScore: 0.9, score: 0.8 };
	t.match(recommendPrecision(report as unknown as QuantizationReport), {
		precision: 'fp32',
		reason: /loses 10\.00 points/,
	});
	const close = { ...report, floatScore: null };
	t.match(recommendPrecision(close as unknown as QuantizationReport), { precision: 'int8', reason: /not judged/ });
});
