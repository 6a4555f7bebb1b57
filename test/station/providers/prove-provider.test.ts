/** A provider is proved in a process of its own, whatever that process does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeBundle } from '../../../src/bundle/write-bundle.ts';
import { proveProvider } from '../../../src/station/providers/prove-provider.ts';
import { useSoftwareVulkan, withoutVulkan } from '../../support/software-vulkan.ts';
import { tinyDraft, wronglyReferenced } from '../../support/tiny-bundle.ts';

const bundle = (await writeBundle(join(t.testdir(), 'tiny'), await tinyDraft())).dir;
const request = { provider: 'cpu', bundle, precision: 'int8', threads: 1 } as const;

t.test('the processor runs every node and gives what the references say', async (t) => {
	const { placement, parity } = await proveProvider(request);
	t.same(Object.keys(placement), ['CPUExecutionProvider']);
	t.match(placement.CPUExecutionProvider, { ReduceMax: 1 });
	t.match(parity, { frames: 2, maxScoreDifference: 0 });
});

t.test('other results than those of the references are no proof', async (t) => {
	const { dir } = await writeBundle(join(t.testdir(), 'wrong'), await wronglyReferenced('fp32'));
	await t.rejects(proveProvider({ ...request, bundle: dir, precision: 'fp32' }), {
		code: 'BUNDLE_PARITY_FAILED',
		facts: { expected: /fp32/, found: /a difference of/ },
	});
	await proveProvider({ ...request, bundle: dir });
});

t.test('a process that ends, hangs, or talks nonsense is survived, and what it did is said', async (t) => {
	const dir = t.testdir();
	const cases: [string, string, RegExp][] = [
		[
			'crash',
			"process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1000);",
			/was ended by SIGSEGV while a tiny model/,
		],
		[
			'late-crash',
			`process.stdout.write('{"step":"probe"}\\n', () => process.kill(process.pid, 'SIGABRT')); setInterval(() => {}, 1000);`,
			/was ended by SIGABRT while the int8 model ran/,
		],
		['hang', 'setInterval(() => {}, 1000);', /did not answer within 1.5 s/],
		['exit', 'process.exit(7);', /ended with 7/],
		['nonsense', "console.log('CUDA banner'); console.log('{}');", /said nothing/],
		[
			'after-the-proof',
			`process.stdout.write(${JSON.stringify(`${JSON.stringify(proofLine())}\n`)}, () => process.exit(9));`,
			/ended with 9 while the int8 model ran/,
		],
	];
	for (const [name, program, found] of cases) {
		const entry = join(dir, `${name}.js`);
		writeFileSync(entry, program);
		const proof = proveProvider({ ...request, provider: 'cuda' }, { entry, patienceMs: 1500 });
		await t.rejects(proof, { code: 'PROVIDER_UNAVAILABLE', facts: { found } }, name);
	}
});

t.test('what libraries print beside the proof does no harm', async (t) => {
	const entry = join(t.testdir(), 'noisy.js');
	writeFileSync(
		entry,
		`console.log('a banner\\n[1,2]\\n' + ${JSON.stringify(JSON.stringify(proofLine()))} + '\\nbye');`,
	);
	t.same((await proveProvider(request, { entry })).placement, proofLine().placement);
});

t.test('WebGPU is proved with a driver in software', { skip: withoutVulkan }, async (t) => {
	useSoftwareVulkan();
	const { placement, parity } = await proveProvider({ ...request, provider: 'webgpu', precision: 'fp32' });
	t.ok(placement.WebGpuExecutionProvider, JSON.stringify(placement));
	t.ok(parity.maxScoreDifference < 1e-4);
});

function proofLine() {
	const parity = { frames: 2, maxScoreDifference: 0, maxMaskDifference: 0, meanMaskDifference: 0 };
	return { step: 'model', placement: { CUDAExecutionProvider: { Conv: 3 } }, parity, openMs: 20 };
}
