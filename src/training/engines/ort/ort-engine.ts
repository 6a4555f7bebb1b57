/** The default engine: ONNX Runtime runs the whole step as one graph, so what trains is what will serve. */
import '../../../inference/without-telemetry.ts';
import { env } from 'onnxruntime-node';
import { encodeModel } from '../../../graph/codec/codec.ts';
import { type Model, openModel, Tensor } from '../../../inference/model.ts';
import { dropoutMasks } from '../../dropout.ts';
import { agesOf, gather, type ParameterLayout } from '../../parameters.ts';
import { type StepOptions, stepGraph } from '../../step-graph.ts';
import type { Batch, Engine, EngineState, StepResult } from '../engine.ts';
import { withTrainable } from '../with-trainable.ts';
import { channelBlock } from './channel-block.ts';

export interface OrtEngineOptions extends StepOptions {
	readonly provider?: 'cpu' | 'cuda' | 'webgpu';
	readonly threads?: number;
	readonly profilePrefix?: string;
}

/** Builds the step and opens it. */
export async function openOrtEngine(options: OrtEngineOptions): Promise<Engine> {
	return new OrtEngine(await openStep(options), options);
}

/**
 * ONNX Runtime blocks the memory layout for constant weights only; the step is written in that layout instead. A step is
 * large: memory laid out by pattern would be a second time as much, for no gain in speed.
 */
async function openStep(options: OrtEngineOptions): Promise<Model> {
	const block = (options.provider ?? 'cpu') === 'cpu' ? await channelBlock() : 1;
	return openModel(encodeModel(stepGraph({ block, ...options })), {
		...options,
		optimization: 'extended',
		memoryPattern: false,
	});
}

class OrtEngine implements Engine {
	readonly runtime: string;
	#model: Model;
	#options: OrtEngineOptions;
	#state: EngineState;

	constructor(model: Model, options: OrtEngineOptions) {
		this.runtime = `onnxruntime-node ${env.versions.node} (${options.provider ?? 'cpu'})`;
		this.#model = model;
		this.#options = options;
		const { layout, optimizer, network } = options;
		this.#state = {
			step: 0,
			weights: gather(network, layout.trainable),
			running: gather(network, layout.running),
			optimizer: Array.from({ length: optimizer.state }, () => new Float32Array(layout.trainableSize)),
		};
	}

	async step(batch: Batch, learningRate: number): Promise<StepResult> {
		const step = this.#state.step + 1;
		const results = await this.#model.run(this.#feeds(batch, step, learningRate));
		const vector = (name: string) => results[name].data as Float32Array;
		const { optimizer, losses, layout } = this.#options;
		const result = {
			loss: vector('loss')[0],
			terms: Object.fromEntries(losses.map(({ name }) => [name, vector(`loss/${name}`)[0]])),
			gradientNorm: vector('gradient_norm')[0],
			gradientNorms: vector('gradient_norms'),
		};
		// A step that went wrong must not spoil the weights: the caller sees the numbers and decides.
		if (Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm))
			this.#state = {
				step,
				weights: vector('next_weights'),
				running: layout.running.length > 0 ? vector('next_running') : this.#state.running,
				optimizer: Array.from({ length: optimizer.state }, (_, i) => vector(`next_state${i}`)),
			};
		return result;
	}

	state(): EngineState {
		return this.#state;
	}

	restore(state: EngineState): void {
		this.#state = state;
	}

	async setTrainable(names: readonly string[]): Promise<ParameterLayout> {
		const { options, state } = withTrainable(this.#options, this.#state, names);
		const model = await openStep(options);
		await this.#model.close();
		this.#model = model;
		this.#options = options;
		this.#state = state;
		return options.layout;
	}

	close(): Promise<void> {
		if (this.#options.profilePrefix) this.#model.endProfiling();
		return this.#model.close();
	}

	#feeds(batch: Batch, step: number, learningRate: number): Record<string, Tensor> {
		const { layout, network, batch: n, losses } = this.#options;
		const judged = new Set(losses.map((term) => term.output));
		const [, channels, height, width] = network.inputs[0].shape as readonly number[];
		const { weights, running, optimizer: state } = this.#state;
		const vector = (data: Float32Array) => new Tensor('float32', data, [data.length]);
		return {
			x: new Tensor('float32', batch.x, [n, channels, height, width]),
			...(judged.has('mask_logits') &&
				batch.mask && { mask: new Tensor('float32', batch.mask, [n, 1, height, width]) }),
			...(judged.has('score_logits') && { label: new Tensor('float32', batch.label, [n, 1]) }),
			...Object.fromEntries(
				[...dropoutMasks(network, n, step)].map(([name, { data, dims }]) => [
					name,
					new Tensor('float32', data as Float32Array, dims),
				]),
			),
			weights: vector(weights),
			...(layout.running.length > 0 && { running: vector(running) }),
			...Object.fromEntries(state.map((data, i) => [`state${i}`, vector(data)])),
			...this.#scalars(step, learningRate),
		};
	}

	/** The optimizer's scalars: one number, or one for each age of parameters. */
	#scalars(step: number, learningRate: number): Record<string, Tensor> {
		const { layout, optimizer } = this.#options;
		const ages = agesOf(layout).map(({ since }) => optimizer.scalars(step - since, learningRate));
		const dims = ages.length === 1 ? [] : [ages.length];
		const tensor = (i: number) =>
			new Tensor(
				'float32',
				Float32Array.from(ages, (values) => values[i]),
				dims,
			);
		return Object.fromEntries(ages[0].map((_, i) => [`scalar${i}`, tensor(i)]));
	}
}
