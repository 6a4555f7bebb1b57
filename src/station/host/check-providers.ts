/** Which execution providers really work here: listed ones prove nothing, an inference does. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import { PROVIDERS, type Provider } from '../../inference/providers.ts';
import { type Finding, failure } from './finding.ts';
import { expectProbed } from './probe-session.ts';

const ENTRY = fileURLToPath(new URL('./probe-provider-child.ts', import.meta.url));
/** The first use of a GPU may compile its kernels. */
const PATIENCE_MS = 120_000;

const probeResult = z.union([
	z.strictObject({ outputs: z.array(z.number()), placement: z.record(z.string(), z.number()) }),
	z.strictObject({ error: z.looseObject({ code: z.string(), message: z.string(), found: z.string().optional() }) }),
]);

/** @param needed providers without which the host cannot do its work; others may be absent */
export async function checkProviders(needed: readonly Provider[]): Promise<Finding[]> {
	const findings: Finding[] = [];
	// One after the other: they share the device.
	for (const provider of PROVIDERS) findings.push(judge(provider, await probe(provider), needed.includes(provider)));
	return findings;
}

async function probe(provider: Provider): Promise<z.infer<typeof probeResult>> {
	try {
		const { stdout } = await promisify(execFile)(process.execPath, [ENTRY, provider], { timeout: PATIENCE_MS });
		return parseWith(probeResult, JSON.parse(stdout), 'the answer of the probe');
	} catch (cause) {
		const { signal, code } = cause as { signal?: string; code?: unknown };
		const how = signal
			? `its process ended by ${signal}`
			: code === undefined
				? messageOf(cause)
				: `its process ended with ${code}`;
		return { error: { code: 'MODEL_FAILED', message: how } };
	}
}

function judge(provider: Provider, result: z.infer<typeof probeResult>, needed: boolean): Finding {
	const name = `provider ${provider}`;
	if ('error' in result) {
		const found = (result.error.found ?? result.error.message).split('\n')[0].slice(0, 200);
		if (!needed) return { name, status: 'absent', found };
		const fix =
			provider === 'cpu'
				? 'Install the packages again (npm ci).'
				: 'Install a build of ONNX Runtime with it, or set `provider: cpu`.';
		return { name, status: 'fail', found, expected: `an inference on ${provider}`, fix };
	}
	const { placement } = result;
	try {
		expectProbed(provider, result);
	} catch (error) {
		return failure(name, error, needed ? 'fail' : 'warn');
	}
	const where = Object.entries(placement).map(([key, count]) => `${count} on ${key}`);
	return { name, status: 'ok', found: `proved by an inference: operators ${where.join(', ')}` };
}
