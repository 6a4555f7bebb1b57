/** The first provider of a list that proves itself is used; what is not named is never used. */
import { join } from 'node:path';
import t from 'tap';
import { AndonError } from '../../../src/base/errors.ts';
import { openBundle } from '../../../src/bundle/open-bundle.ts';
import { writeBundle } from '../../../src/bundle/write-bundle.ts';
import { chooseProvider } from '../../../src/station/providers/choose-provider.ts';
import { type ProofRequest, proveProvider } from '../../../src/station/providers/prove-provider.ts';
import { providerFault } from '../../../src/station/providers/provider-fault.ts';
import { tinyDraft, wronglyReferenced } from '../../support/tiny-bundle.ts';

const bundle = await writeBundle(join(t.testdir(), 'tiny'), await tinyDraft());

t.test(
	'a provider that cannot be loaded is refused in words, or passed over for one that is named after it',
	async (t) => {
		const alone = chooseProvider(bundle, { provider: 'cuda', threads: 1 });
		await t.rejects(alone, {
			code: 'PROVIDER_UNAVAILABLE',
			facts: { expected: /cuda/, found: /^cuda \(fp32\): .*[Ff]ailed to load/, fix: /`provider: \[cuda, cpu\]`/ },
		});
		const both = chooseProvider(bundle, { provider: ['tensorrt', 'cuda'], threads: 1 });
		await t.rejects(both, {
			code: 'PROVIDER_UNAVAILABLE',
			facts: { expected: /tensorrt, cuda/, found: /tensorrt \(fp32\): .*; cuda \(fp32\): / },
		});
		const chosen = await chooseProvider(bundle, { provider: ['tensorrt', 'cuda', 'cpu'], threads: 1 });
		t.match(chosen, {
			provider: 'cpu',
			model: { precision: 'int8' },
			why: /named after tensorrt and cuda/,
			passedOver: [
				{ provider: 'tensorrt', precision: 'fp32', code: 'PROVIDER_UNAVAILABLE' },
				{ provider: 'cuda', code: 'PROVIDER_UNAVAILABLE', reason: /load/ },
			],
		});
		t.match(providerFault(chosen), { code: 'PROVIDER_UNAVAILABLE', message: /inspected on cpu.*tensorrt \(fp32\)/ });
	},
);

t.test('one whose results differ from the references is passed over only for one that is named', async (t) => {
	const wrong = await openBundle((await writeBundle(join(t.testdir(), 'wrong'), await wronglyReferenced('fp32'))).dir);
	// The processor in the place of a GPU: it runs, and what it gives is not what the references say.
	const prove = (request: ProofRequest) => proveProvider({ ...request, provider: 'cpu' });
	const chosen = await chooseProvider(wrong, { provider: ['cuda', 'cpu'], threads: 1 }, prove);
	t.match(chosen, {
		provider: 'cpu',
		passedOver: [{ provider: 'cuda', precision: 'fp32', code: 'BUNDLE_PARITY_FAILED', reason: /fp32 scores within/ }],
	});
	t.match(providerFault(chosen), { code: 'BUNDLE_PARITY_FAILED' });
	await t.rejects(chooseProvider(wrong, { provider: 'cuda', threads: 1 }, prove), {
		code: 'PROVIDER_UNAVAILABLE',
		facts: { found: /cuda \(fp32\): expected fp32 scores/ },
	});
});

t.test('the first one that is proved is used, with the model that suits it and the reason', async (t) => {
	const tried: string[] = [];
	const prove = async ({ provider, precision }: ProofRequest) => void tried.push(`${provider} ${precision}`);
	const chosen = await chooseProvider(bundle, { provider: ['cuda', 'cpu'], threads: 1 }, prove);
	t.match(chosen, { provider: 'cuda', model: { precision: 'fp32' }, why: 'the first choice', passedOver: [] });
	t.equal(providerFault(chosen), undefined);
	t.same(tried, ['cuda fp32']);
	t.match(await chooseProvider(bundle, { provider: 'cpu', threads: 1 }, prove), {
		why: 'as the station is configured',
	});
	t.same(tried, ['cuda fp32'], 'the inspector proves the processor');
});

t.test('what is wrong with the bundle is wrong for every provider', async (t) => {
	const fault = new AndonError('BUNDLE_INVALID', { expected: 'a', found: 'b', fix: 'c' });
	const prove = () => Promise.reject(fault);
	await t.rejects(chooseProvider(bundle, { provider: ['cuda', 'cpu'], threads: 1 }, prove), { code: 'BUNDLE_INVALID' });
	const precise = { provider: ['cpu'], precision: 'fp16', threads: 1 } as const;
	await t.rejects(chooseProvider(bundle, precise), { code: 'BUNDLE_INVALID' });
});
