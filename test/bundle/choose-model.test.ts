import t from 'tap';
import { chooseModel } from '../../src/bundle/choose-model.ts';
import type { Manifest, Precision } from '../../src/bundle/manifest.ts';
import { operatingPointOf, withOperatingPoint } from '../../src/bundle/operating-point-of.ts';

t.test('a CPU runs the default, a GPU float16 or else float32, and all of them what was configured', async (t) => {
	const all = ['fp32', 'int8', 'int8-tensorrt', 'fp16'] as const;
	for (const [there, wanted, precision, why] of [
		[all, { provider: 'cpu' }, 'int8', /default/],
		[all, { provider: 'cuda' }, 'fp16', /for cuda/],
		[all, { provider: 'tensorrt' }, 'fp16', /for tensorrt/],
		[all, { provider: 'webgpu' }, 'fp32', /for webgpu/],
		[all, { provider: 'tensorrt', precision: 'int8-tensorrt' }, 'int8-tensorrt', /configured/],
		[all, { provider: 'cpu', precision: 'fp32' }, 'fp32', /configured/],
		[['fp32', 'int8'], { provider: 'cuda' }, 'fp32', /no fp16 model/],
		[['fp32', 'int8'], { provider: 'tensorrt' }, 'fp32', /no fp16 model/],
		[['int8'], { provider: 'cuda' }, 'int8', /default, since it holds no fp16 or fp32/],
	] as const)
		t.match(chooseModel(bundleOf(there), wanted), { precision, why }, `${there} ${JSON.stringify(wanted)}`);
	t.throws(() => chooseModel(bundleOf(['int8']), { provider: 'cpu', precision: 'fp16' }), {
		code: 'BUNDLE_INVALID',
		facts: { expected: /precision fp16/, found: 'int8' },
	});
});

t.test('each model has its own operating point, or a threshold that promises nothing', async (t) => {
	const certified = (precision: string) => ({
		threshold: 0.3,
		method: 'guaranteed-recall' as const,
		recall: 0.95,
		confidence: 0.95,
		n: 60,
		toleratedMisses: 0,
		precision,
	});
	const { manifest } = bundleOf(['fp32', 'int8', 'fp16']);
	const points = { ...manifest, operatingPoint: certified('int8'), otherOperatingPoints: { fp16: certified('fp16') } };
	t.strictSame(operatingPointOf(points, 'int8'), certified('int8'));
	t.strictSame(operatingPointOf(points, 'fp16'), certified('fp16'));
	t.match(operatingPointOf(points, 'fp32', { defective: [], sound: [0.1, 0.4] }), {
		threshold: 0.3,
		method: 'fixed',
		precision: 'fp32',
		falseRejects: { rate: 0.5, n: 2 },
	});
	const more = withOperatingPoint(points, { ...certified('fp32'), threshold: 0.2 });
	t.equal(operatingPointOf(more, 'fp32').threshold, 0.2);
	t.strictSame(operatingPointOf(more, 'fp16'), certified('fp16'));
	t.equal(withOperatingPoint(points, { ...certified('int8'), threshold: 0.1 }).operatingPoint.threshold, 0.1);
});

function bundleOf(precisions: readonly Precision[]) {
	const models = precisions.map((precision) => ({ role: 'inspector', precision, default: precision === 'int8' }));
	return {
		manifest: { models } as unknown as Manifest,
		defaultPrecision: 'int8' as const,
	};
}
