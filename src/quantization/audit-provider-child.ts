/**
 * Runs models on one execution provider, turn and turn about: `audit-provider-child.ts <provider> <threads> <runs> <folder>
 * <model.onnx…>`. The folder holds what feeds them, as `feed-0.npy` and so on. Prints one JSON list, an entry a model:
 * `{"ms":3.2,"placement":{"CUDAExecutionProvider":40}}` or `{"error":"…"}`; only the first where that one does not run.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AndonError, messageOf } from '../base/errors.ts';
import { type Model, type ModelOptions, openModel, type Tensor } from '../inference/model.ts';
import { decodeNpy } from '../inference/npy.ts';
import { readPlacement } from '../inference/read-placement.ts';
import { timeInTurns } from './measure-speed.ts';

type Feeds = Record<string, Tensor>;

/** Milliseconds that the turns of one provider may take: large models get fewer of them, but three at least. */
const BUDGET_MS = 30_000;
const FEWEST_RUNS = 3;

const [provider, threads, runs, folder, ...paths] = process.argv.slice(2);
const options: ModelOptions = { provider: provider as ModelOptions['provider'], threads: Number(threads) };
process.stdout.write(`${JSON.stringify(await auditAll())}\n`);

async function auditAll() {
	const tensors = readdirSync(folder)
		.filter((name) => name.startsWith('feed-'))
		.sort()
		.map((name) => decodeNpy(readFileSync(join(folder, name)), name));
	const tried: ({ model: Model; path: string; feeds: Feeds; ms: number } | { error: string })[] = [];
	for (const path of paths) {
		tried.push(await attempt(() => open(path, tensors)));
		if ('error' in tried[0]) return tried;
	}
	const opened = tried.filter((each) => 'model' in each);
	const total = opened.reduce((sum, { ms }) => sum + ms, 0);
	const rounds = Math.max(FEWEST_RUNS, Math.min(Number(runs), Math.floor(BUDGET_MS / total)));
	const times = await timeInTurns(
		opened.map(({ model }) => model),
		opened[0].feeds,
		rounds,
	);
	for (const { model } of opened) await model.close();
	const results: unknown[] = [];
	for (const each of tried)
		results.push(
			'error' in each
				? each
				: await attempt(async () => ({
						ms: times[opened.indexOf(each)],
						placement: await placementOf(each.path, each.feeds),
					})),
		);
	return results;
}

/** With the time of its second inference; the first may compile kernels. */
async function open(path: string, tensors: readonly Tensor[]) {
	const model = await openModel(readFileSync(path), options);
	const feeds = Object.fromEntries(model.inputNames.map((name, i) => [name, tensors[i]]));
	await model.run(feeds);
	const started = performance.now();
	await model.run(feeds);
	return { model, path, feeds, ms: performance.now() - started };
}

async function placementOf(path: string, feeds: Feeds) {
	const profiles = mkdtempSync(join(tmpdir(), 'andon-provider-'));
	try {
		const model = await openModel(readFileSync(path), { ...options, profilePrefix: join(profiles, 'profile') });
		await model.run(feeds);
		model.endProfiling();
		await model.close();
		return readPlacement(profiles);
	} finally {
		rmSync(profiles, { recursive: true, force: true });
	}
}

async function attempt<T>(run: () => Promise<T>): Promise<T | { error: string }> {
	try {
		return await run();
	} catch (error) {
		const text = error instanceof AndonError ? error.facts.found : messageOf(error);
		return { error: text.split('\n')[0].slice(0, 200) };
	}
}
