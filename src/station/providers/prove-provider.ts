/** Has a provider prove itself with the very model that is to run on it, where it can do no harm. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../base/error-codes.ts';
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Precision } from '../../bundle/manifest.ts';
import type { ProvenInspector } from '../../bundle/open-proven-inspector.ts';
import type { Provider } from '../../inference/providers.ts';
import { PROOF_PATIENCE_MS } from './patience.ts';

export interface ProofRequest {
	readonly provider: Provider;
	/** Folder of the bundle. */
	readonly bundle: string;
	readonly precision: Precision;
	readonly threads: number;
}

export type Proof = Pick<ProvenInspector, 'placement' | 'parity' | 'openMs'>;

const ENTRY = fileURLToPath(new URL('./prove-provider-child.ts', import.meta.url));

const line = z.union([
	z.strictObject({ step: z.literal('probe') }),
	z.looseObject({
		step: z.literal('model'),
		placement: z.record(z.string(), z.record(z.string(), z.number())),
		parity: z.strictObject({
			frames: z.number(),
			maxScoreDifference: z.number(),
			maxMaskDifference: z.number(),
			meanMaskDifference: z.number(),
		}),
		openMs: z.number(),
	}),
	z.strictObject({
		error: z.looseObject({
			code: z.string(),
			message: z.string(),
			expected: z.string().optional(),
			found: z.string().optional(),
			fix: z.string().optional(),
		}),
	}),
]);

type Line = z.infer<typeof line>;

export interface ProofOptions {
	/** The program that proves; another one in tests. */
	readonly entry?: string;
	readonly patienceMs?: number;
}

/**
 * A tiny model with a known answer first, then every reference frame of the bundle through the real one.
 *
 * @returns which provider runs which nodes, how far the results are from those of the reference, and how long it takes to open
 * @throws PROVIDER_UNAVAILABLE when the provider cannot be used or ends its process, BUNDLE_PARITY_FAILED when it gives other
 *   results, and what else keeps the model from running
 */
export async function proveProvider(request: ProofRequest, options: ProofOptions = {}): Promise<Proof> {
	const { entry = ENTRY, patienceMs = PROOF_PATIENCE_MS[request.provider] } = options;
	const { stdout, ended } = await run(entry, request, patienceMs);
	const lines = readLines(stdout);
	for (const said of lines) {
		if (!('step' in said)) throw errorOf(said.error, request.provider);
		if (said.step === 'model' && ended === undefined)
			return { placement: said.placement, parity: said.parity, openMs: said.openMs };
	}
	const during = lines.length > 0 ? `the ${request.precision} model ran` : 'a tiny model was tried';
	throw unavailable(request.provider, `its process ${ended ?? 'said nothing'} while ${during}`);
}

async function run(entry: string, request: ProofRequest, timeout: number): Promise<{ stdout: string; ended?: string }> {
	try {
		const args = [entry, JSON.stringify(request)];
		const { stdout } = await promisify(execFile)(process.execPath, args, { timeout, killSignal: 'SIGKILL' });
		return { stdout };
	} catch (cause) {
		const { stdout = '', killed, signal, code } = cause as { [key: string]: unknown } & { stdout?: string };
		if (killed) return { stdout, ended: `did not answer within ${timeout / 1000} s` };
		return { stdout, ended: signal ? `was ended by ${signal}` : `ended with ${code ?? messageOf(cause)}` };
	}
}

/** Libraries of a provider may print whatever they like between our lines. */
function readLines(stdout: string): Line[] {
	return stdout.split('\n').flatMap((text) => {
		try {
			const parsed = line.safeParse(JSON.parse(text));
			return parsed.success ? [parsed.data] : [];
		} catch {
			return [];
		}
	});
}

function errorOf(error: Extract<Line, { error: unknown }>['error'], provider: Provider): AndonError {
	const { code, message, expected, found, fix } = error;
	if (!Object.hasOwn(ERROR_CODES, code) || expected === undefined || found === undefined || fix === undefined)
		return unavailable(provider, message);
	return new AndonError(code as ErrorCode, { expected, found, fix });
}

function unavailable(provider: Provider, found: string): AndonError {
	return new AndonError('PROVIDER_UNAVAILABLE', {
		expected: `the ${provider} execution provider`,
		found,
		fix: 'Check its driver and libraries with `andon doctor`.',
	});
}
