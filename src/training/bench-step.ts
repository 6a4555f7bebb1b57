/** Times training steps of the U-Net that the PyTorch peer builds, so that both can be compared in one run. */
import { Random } from '../base/random.ts';
import { unet, unetOptions } from '../networks/unet.ts';
import { openOrtEngine } from './engines/ort/ort-engine.ts';
import { LOSSES } from './losses/index.ts';
import { OPTIMIZERS } from './optimizers/index.ts';
import { parameterLayout } from './parameters.ts';

export interface StepBenchOptions {
	readonly batch: number;
	readonly size: number;
	readonly base: number;
	readonly threads: number;
	/** Timed steps, after two that warm up. */
	readonly steps?: number;
	/** File-name prefix of an ONNX Runtime profile to write. */
	readonly profilePrefix?: string;
}

/** Median milliseconds of one step: four levels, transposed convolutions, BCE, Adam; colour input. */
export async function benchStep({
	batch,
	size,
	base,
	threads,
	steps = 12,
	profilePrefix,
}: StepBenchOptions): Promise<number> {
	const options = unetOptions.parse({
		width: size,
		height: size,
		channels: 3,
		base,
		depth: 4,
		up: 'transposed',
		score: 'none',
	});
	const network = unet(options);
	const engine = await openOrtEngine({
		network,
		layout: parameterLayout(network),
		batch,
		losses: [{ name: 'bce', output: 'mask_logits', weight: 1, build: LOSSES.bce.create({}) }],
		optimizer: OPTIMIZERS.adam.create({}),
		clipNorm: 0,
		momentum: 0.1,
		threads,
		profilePrefix,
	});
	const random = new Random(0);
	const x = Float32Array.from({ length: batch * 3 * size * size }, () => random.normal());
	const mask = Float32Array.from({ length: batch * size * size }, () => (random.chance(0.5) ? 1 : 0));
	const label = new Float32Array(batch).fill(1);
	const times: number[] = [];
	for (let i = 0; i < steps + 2; i++) {
		const start = performance.now();
		await engine.step({ x, mask, label }, 1e-3);
		times.push(performance.now() - start);
	}
	if (profilePrefix) engine.endProfiling();
	await engine.close();
	return times.slice(2).toSorted((a, b) => a - b)[steps >> 1];
}
