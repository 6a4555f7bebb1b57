import t from 'tap';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { toHalf } from '../../src/graph/passes/to-half.ts';
import { listedProviders, Tensor } from '../../src/inference/model.ts';
import { auditProviders } from '../../src/quantization/audit-providers.ts';
import { smallInspector } from '../support/small-inspector.ts';

const float = smallInspector();
const models = new Map([
	['fp32', encodeModel(float)],
	['fp16', encodeModel(toHalf(float).graph)],
]);

t.test('a provider that works gives a time, and where the operators of each model ran', async (t) => {
	const audits = await auditProviders(models, { runs: 2, providers: ['cpu'] });
	t.strictSame(
		audits.map(({ provider, precision }) => [provider, precision]),
		[
			['cpu', 'fp32'],
			['cpu', 'fp16'],
		],
	);
	for (const { ms, placement } of audits) t.ok(ms! > 0 && placement!.CPUExecutionProvider > 10);
});

t.test('a provider that is missing says so, once', async (t) => {
	t.ok(listedProviders().includes('cpu'));
	const audits = await auditProviders(models, { runs: 2, providers: ['no-such-provider'] });
	t.match(audits, [{ provider: 'no-such-provider', precision: 'fp32', unavailable: /does not have it/ }]);
	t.equal(audits.length, 1);
});

t.test('every provider that a station can be told to use is spoken of', async (t) => {
	const audits = await auditProviders(new Map([...models].slice(0, 1)), { runs: 2 });
	for (const provider of ['cpu', 'cuda', 'tensorrt', 'webgpu'])
		t.ok(audits.some((audit) => audit.provider === provider && (audit.ms! > 0 || audit.unavailable !== undefined)));
});

t.test('a model that does not run says why, and the others are measured all the same', async (t) => {
	const some = new Map([...models, ['broken', new Uint8Array(100)]]);
	const [fp32, fp16, broken] = await auditProviders(some, { runs: 2, providers: ['cpu'] });
	t.ok(fp32.ms! > 0 && fp16.ms! > 0);
	t.match(broken, { precision: 'broken', ms: undefined, unavailable: /.+/ });
});

t.test('tensors feed a model that takes no images', async (t) => {
	const g = new GraphBuilder('plain');
	g.output(g.relu(g.input('x', 'float32', ['n', 3])));
	const sample = { x: new Tensor('float32', Float32Array.of(1, 2, 3), [1, 3]) };
	const [fp32] = await auditProviders(new Map([['fp32', encodeModel(g.build())]]), {
		runs: 2,
		providers: ['cpu'],
		sample,
	});
	t.match(fp32, { provider: 'cpu', placement: { CPUExecutionProvider: 1 } });
});
