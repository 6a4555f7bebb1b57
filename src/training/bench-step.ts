/** Times training steps of a network on made-up batches, so that engines can be compared with each other and with peers. */
import { Random } from '../base/random.ts';
import { sizeOf } from '../graph/graph.ts';
import { NETWORKS, type NetworkName } from '../networks/index.ts';
import { ENGINES, type EngineName } from './engines/index.ts';
import { LOSSES } from './losses/index.ts';
import { OPTIMIZERS } from './optimizers/index.ts';
import { parameterLayout } from './parameters.ts';

export interface StepBenchOptions {
	readonly network: NetworkName;
	/** The network's options; it has to have a mask. */
	readonly options: Readonly<Record<string, unknown>>;
	readonly batch: number;
	readonly engine: EngineName;
	readonly threads: number;
	/** Timed steps, after two that warm up. */
	readonly steps?: number;
	/** File-name prefix of an ONNX Runtime profile to write. */
	readonly profilePrefix?: string;
}

export interface StepBenchResult {
	/** Median milliseconds of a step. */
	readonly milliseconds: number;
	/** What computed. */
	readonly runtime: string;
}

/** Whole steps: forward, BCE, backward, Adam. */
export async function benchStep(bench: StepBenchOptions): Promise<StepBenchResult> {
	const { batch, engine: name, threads, steps = 12, profilePrefix } = bench;
	const network = NETWORKS[bench.network].create(bench.options);
	const engine = await ENGINES[name]({
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
	const [, channels, height, width] = network.inputs[0].shape as readonly number[];
	const x = Float32Array.from({ length: sizeOf([batch, channels, height, width]) }, () => random.normal());
	const mask = Float32Array.from({ length: sizeOf([batch, height, width]) }, () => (random.chance(0.5) ? 1 : 0));
	const label = new Float32Array(batch).fill(1);
	const times: number[] = [];
	for (let i = 0; i < steps + 2; i++) {
		const start = performance.now();
		await engine.step({ x, mask, label }, 1e-3);
		times.push(performance.now() - start);
	}
	const { runtime } = engine;
	await engine.close();
	return { milliseconds: times.slice(2).toSorted((a, b) => a - b)[steps >> 1], runtime };
}
