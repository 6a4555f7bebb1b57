/** Every model on every execution provider that this host lists: where its operators really run, and how fast. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { decodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { listedProviders } from '../inference/model.ts';
import { encodeNpy } from '../inference/npy.ts';
import { randomImage } from './measure-speed.ts';
import { feedsOf, type Sample } from './sample.ts';

const ENTRY = fileURLToPath(new URL('./audit-provider-child.ts', import.meta.url));
/** The first use of a GPU may compile its kernels, or build an engine. */
const PATIENCE_MS = 300_000;
const NOT_BUILT: readonly Result[] = [{ unavailable: 'this build of ONNX Runtime does not have it' }];
/** Those that a station can be told to use. */
const KNOWN = ['cpu', 'cuda', 'tensorrt', 'webgpu'];

export interface ProviderAudit {
	readonly provider: string;
	readonly precision: string;
	/** Median milliseconds of one inference; the models of a provider take turns. */
	readonly ms?: number;
	/** How many operators each provider ran; another one than that asked for is a fall-back. */
	readonly placement?: Readonly<Record<string, number>>;
	/** Why there is no figure; that of the first model holds for the others too. */
	readonly unavailable?: string;
}

export interface ProviderAuditOptions {
	/** Turns of each model; large models get fewer (default 30). */
	readonly runs?: number;
	/** Of the CPU (default 1). */
	readonly threads?: number;
	/** By default all that ONNX Runtime lists, and those that it could have. */
	readonly providers?: readonly string[];
	/** What is fed (default: a random image). */
	readonly sample?: Sample;
}

type Result = Omit<ProviderAudit, 'provider' | 'precision'>;

const answer = z.array(
	z.union([
		z.strictObject({ ms: z.number(), placement: z.record(z.string(), z.number()) }),
		z.strictObject({ error: z.string() }),
	]),
);

/** @param models ONNX bytes by precision, the float model first: where it does not run, the others are not tried */
export async function auditProviders(
	models: ReadonlyMap<string, Uint8Array>,
	options: ProviderAuditOptions = {},
): Promise<readonly ProviderAudit[]> {
	const { runs = 30, threads = 1, providers = [...new Set([...KNOWN, ...listedProviders()])], sample } = options;
	const folder = await mkdtemp(join(tmpdir(), 'andon-providers-'));
	const names = [...models.keys()];
	try {
		for (const [precision, bytes] of models) await writeFile(join(folder, `${precision}.onnx`), bytes);
		await writeFeeds(folder, decodeModel(models.get(names[0])!), sample);
		const audits: ProviderAudit[] = [];
		for (const provider of providers) {
			const run = (some: readonly string[]) =>
				runChild([
					provider,
					String(threads),
					String(runs),
					folder,
					...some.map((name) => join(folder, `${name}.onnx`)),
				]);
			const together = listedProviders().includes(provider) ? await run(names) : NOT_BUILT;
			const results = 'ended' in together ? await oneByOne(names, run) : together;
			audits.push(...results.map((result, i) => ({ provider, precision: names[i], ...result })));
		}
		return audits;
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

async function writeFeeds(folder: string, graph: Graph, sample: Sample = randomImage(graph)): Promise<void> {
	const feeds = feedsOf(graph, sample);
	const fed = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
	for (const [i, { name }] of fed.entries()) await writeFile(join(folder, `feed-${i}.npy`), encodeNpy(feeds[name]));
}

/** For a provider whose process ended: which of the models it was that ended it. */
async function oneByOne(
	names: readonly string[],
	run: (some: readonly string[]) => ReturnType<typeof runChild>,
): Promise<readonly Result[]> {
	const results: Result[] = [];
	for (const name of names) {
		const alone = await run([name]);
		results.push('ended' in alone ? { unavailable: alone.ended } : alone[0]);
		if (results[0].unavailable !== undefined) break;
	}
	return results;
}

/** In a process of its own, which a broken driver may end. */
async function runChild(args: readonly string[]): Promise<readonly Result[] | { readonly ended: string }> {
	try {
		const { stdout } = await promisify(execFile)(process.execPath, [ENTRY, ...args], { timeout: PATIENCE_MS });
		return answer
			.parse(JSON.parse(stdout))
			.map((result) => ('error' in result ? { unavailable: result.error } : result));
	} catch (error) {
		const { signal, code } = error as { signal?: string; code?: unknown };
		return { ended: signal ? `its process ended by ${signal}` : `its process ended with ${code ?? error}` };
	}
}
