import t from 'tap';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { toHalf } from '../../src/graph/passes/to-half.ts';
import { listedProviders } from '../../src/inference/model.ts';
import { auditProviders } from '../../src/quantization/audit-providers.ts';
import { smallInspector } from '../support/small-inspector.ts';

const float = smallInspector();
const models = new Map([
	['fp32', encodeModel(float)],
	['fp16', encodeModel(toHalf(float).graph)],
]);

t.test('a provider that works gives a time, and where the operators of each model ran', async (t) => {
	const audits = await auditProviders(models, 2, ['cpu']);
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
	const audits = await auditProviders(models, 2, ['no-such-provider']);
	t.match(audits, [{ provider: 'no-such-provider', precision: 'fp32', unavailable: /.+/ }]);
	t.equal(audits.length, 1);
});
