/** Whether a provider runs anything at all here: a tiny model with a known answer, before a real one is blamed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { openModel, Tensor } from '../../inference/model.ts';
import { PROFILE_NAMES, type Provider } from '../../inference/providers.ts';
import { readPlacement } from '../../inference/read-placement.ts';
import { PROBE_ANSWER, PROBE_INPUT, PROBE_MODEL, PROBE_SHAPE } from './probe-model.ts';

export interface Probed {
	readonly outputs: readonly number[];
	/** How many operators each provider ran, as ONNX Runtime names it. */
	readonly placement: Readonly<Record<string, number>>;
}

/** In this process, which a broken driver may end. @throws what `openModel` throws, and MODEL_FAILED */
export async function probeSession(provider: Provider): Promise<Probed> {
	const folder = mkdtempSync(join(tmpdir(), 'andon-probe-'));
	try {
		const model = await openModel(PROBE_MODEL, { provider, threads: 1, profilePrefix: join(folder, 'profile') });
		const { y } = await model.run({ x: new Tensor('float32', PROBE_INPUT, PROBE_SHAPE) });
		const outputs = Array.from(y.data as Float32Array);
		model.endProfiling();
		await model.close();
		return { outputs, placement: readPlacement(folder) };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** @throws PROVIDER_UNAVAILABLE when the answer is wrong, or when it came from elsewhere */
export function expectProbed(provider: Provider, { outputs, placement }: Probed): void {
	if (!placement[PROFILE_NAMES[provider]])
		throw new AndonError('PROVIDER_UNAVAILABLE', {
			expected: `operators on ${PROFILE_NAMES[provider]}`,
			found: `all of them elsewhere: ${Object.keys(placement).join(', ')}`,
			fix: 'Check that its libraries are found; it would silently run on the processor.',
		});
	if (outputs.length === PROBE_ANSWER.length && outputs.every((value, i) => Math.abs(value - PROBE_ANSWER[i]) <= 1e-3))
		return;
	throw new AndonError('PROVIDER_UNAVAILABLE', {
		expected: `the answer ${PROBE_ANSWER.join(', ')} of a known model`,
		found: `wrong numbers: ${outputs.join(', ')}`,
		fix: 'Do not inspect with it: check driver and library versions.',
	});
}
