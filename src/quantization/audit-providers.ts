/** Every model on every execution provider that this host lists: where its operators really run, and how fast. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { listedProviders } from '../inference/model.ts';

const ENTRY = fileURLToPath(new URL('./audit-provider-child.ts', import.meta.url));
/** The first use of a GPU may compile its kernels, or build an engine. */
const PATIENCE_MS = 300_000;

export interface ProviderAudit {
	readonly provider: string;
	readonly precision: string;
	/** Median milliseconds of one inference. */
	readonly ms?: number;
	/** How many operators each provider ran; another one than that asked for is a fall-back. */
	readonly placement?: Readonly<Record<string, number>>;
	/** Why there is no figure. */
	readonly unavailable?: string;
}

const answer = z.union([
	z.strictObject({ ms: z.number(), placement: z.record(z.string(), z.number()) }),
	z.strictObject({ error: z.string() }),
]);

/**
 * @param models ONNX bytes by precision, the float model first: where it does not run, the others are not tried
 * @param providers by default all but the CPU, which has an audit of its own
 */
export async function auditProviders(
	models: ReadonlyMap<string, Uint8Array>,
	runs = 30,
	providers: readonly string[] = listedProviders().filter((name) => name !== 'cpu'),
): Promise<readonly ProviderAudit[]> {
	const folder = await mkdtemp(join(tmpdir(), 'andon-providers-'));
	const audits: ProviderAudit[] = [];
	try {
		for (const [precision, bytes] of models) await writeFile(join(folder, `${precision}.onnx`), bytes);
		for (const provider of providers)
			for (const precision of models.keys()) {
				const found = await tryOne(provider, join(folder, `${precision}.onnx`), runs);
				audits.push({ provider, precision, ...found });
				if (found.unavailable !== undefined && precision === [...models.keys()][0]) break;
			}
		return audits;
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** In a process of its own: a broken driver may end it. */
async function tryOne(
	provider: string,
	path: string,
	runs: number,
): Promise<Omit<ProviderAudit, 'provider' | 'precision'>> {
	try {
		const args = [ENTRY, provider, path, String(runs)];
		const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: PATIENCE_MS });
		const result = answer.parse(JSON.parse(stdout));
		return 'error' in result ? { unavailable: result.error } : result;
	} catch (error) {
		const { signal, code } = error as { signal?: string; code?: unknown };
		return { unavailable: signal ? `its process ended by ${signal}` : `its process ended with ${code ?? error}` };
	}
}
