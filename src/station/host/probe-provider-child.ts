/**
 * Proves one execution provider by a real inference, in a process of its own: a broken driver may end the process.
 * Prints one JSON document: `{"outputs":[…],"placement":{"CPUExecutionProvider":2}}` or `{"error":{…}}`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AndonError, messageOf } from '../../base/errors.ts';
import { type ModelOptions, openModel, Tensor } from '../../inference/model.ts';
import { readPlacement } from '../../inference/read-placement.ts';
import { PROBE_INPUT, PROBE_MODEL, PROBE_SHAPE } from './probe-model.ts';

process.stdout.write(`${JSON.stringify(await probe(process.argv[2] as ModelOptions['provider']))}\n`);

async function probe(provider: ModelOptions['provider']) {
	const folder = mkdtempSync(join(tmpdir(), 'andon-probe-'));
	try {
		const model = await openModel(PROBE_MODEL, { provider, threads: 1, profilePrefix: join(folder, 'profile') });
		const { y } = await model.run({ x: new Tensor('float32', PROBE_INPUT, PROBE_SHAPE) });
		const outputs = Array.from(y.data as Float32Array);
		model.endProfiling();
		await model.close();
		return { outputs, placement: readPlacement(folder) };
	} catch (error) {
		return { error: error instanceof AndonError ? error : { code: 'INTERNAL', message: messageOf(error) } };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
