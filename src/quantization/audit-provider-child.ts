/**
 * Runs one model on one execution provider: `audit-provider-child.ts <provider> <model.onnx> <runs>`. Prints one JSON
 * document: `{"ms":3.2,"placement":{"CUDAExecutionProvider":40}}` or `{"error":"…"}`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AndonError, messageOf } from '../base/errors.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import { type ModelOptions, openModel } from '../inference/model.ts';
import { readPlacement } from '../inference/read-placement.ts';
import { randomImage, timeInTurns } from './measure-speed.ts';
import { feedsOf } from './sample.ts';

const [provider, path, runs] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await run(provider as ModelOptions['provider'], readFileSync(path)))}\n`);

async function run(provider: ModelOptions['provider'], bytes: Uint8Array) {
	const folder = mkdtempSync(join(tmpdir(), 'andon-provider-'));
	try {
		const graph = decodeModel(bytes);
		const feeds = feedsOf(graph, randomImage(graph));
		const model = await openModel(bytes, { provider });
		const [ms] = await timeInTurns([model], feeds, Number(runs));
		await model.close();
		const profiled = await openModel(bytes, { provider, profilePrefix: join(folder, 'profile') });
		await profiled.run(feeds);
		profiled.endProfiling();
		await profiled.close();
		return { ms, placement: readPlacement(folder) };
	} catch (error) {
		const text = error instanceof AndonError ? error.facts.found : messageOf(error);
		return { error: text.split('\n')[0].slice(0, 200) };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
