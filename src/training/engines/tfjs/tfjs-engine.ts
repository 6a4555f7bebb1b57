/** The second engine: TensorFlow.js runs the same network and losses, differentiates them by itself and applies its own optimizer. */
import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { Graph } from '../../../graph/graph.ts';
import { dropoutMasks } from '../../dropout.ts';
import { lossGraph } from '../../loss-graph.ts';
import { gather, type ParameterLayout } from '../../parameters.ts';
import type { StepOptions } from '../../step-graph.ts';
import type { Batch, Engine, EngineState, StepResult } from '../engine.ts';
import { withTrainable } from '../with-trainable.ts';
import { clip } from './clip.ts';
import { expectKernels, interpret } from './interpret.ts';
import { type LoadedTfjs, loadTfjs } from './load-tfjs.ts';
import { applyGradients } from './optimizers.ts';
import { constantOf, cut, joined } from './vectors.ts';

/**
 * @throws ENGINE_UNAVAILABLE without a TensorFlow.js package, MODEL_UNSUPPORTED when the graph has operators it does not know
 */
export async function openTfjsEngine(options: StepOptions): Promise<Engine> {
	const graph = graphOf(options);
	return new TfjsEngine(await loadTfjs(), graph, options);
}

function graphOf(options: StepOptions): Graph {
	const graph = lossGraph(options);
	expectKernels(graph);
	return graph;
}

/** What one forward and backward pass gave; the receiver disposes the tensors. */
interface Pass {
	readonly outputs: Record<string, Tensor>;
	/** One a parameter; zero where the loss does not depend on it. */
	readonly gradients: Tensor[];
}

/** Tells the variables of engines that live side by side apart: TF.js keeps one register for all. */
let count = 0;

class TfjsEngine implements Engine {
	readonly runtime: string;
	readonly #loaded: LoadedTfjs;
	#options: StepOptions;
	#graph: Graph;
	#constants: Map<string, Tensor> = new Map();
	#variables: Variable[] = [];
	/** For each vector of the optimizer's state, one tensor a parameter. */
	#vectors: Tensor[][] = [];
	#running = new Float32Array(0);
	#steps = 0;
	/** The state after the latest step, once somebody asked for it. */
	#state: EngineState | undefined;

	constructor(loaded: LoadedTfjs, graph: Graph, options: StepOptions) {
		this.runtime = `${loaded.package} ${loaded.version} (${loaded.backend})`;
		this.#loaded = loaded;
		this.#options = options;
		this.#graph = graph;
		const { network, layout, optimizer } = options;
		this.#place({
			step: 0,
			weights: gather(network, layout.trainable),
			running: gather(network, layout.running),
			optimizer: Array.from({ length: optimizer.state }, () => new Float32Array(layout.trainableSize)),
		});
	}

	async step(batch: Batch, learningRate: number): Promise<StepResult> {
		const { tf } = this.#loaded;
		const { outputs, gradients } = this.#differentiate(batch);
		try {
			const result = this.#measure(outputs, gradients);
			// A step that went wrong must not spoil the weights: the caller sees the numbers and decides.
			if (Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm)) {
				await this.#update(gradients, result.gradientNorm, learningRate);
				this.#blendStatistics(outputs);
				this.#steps++;
				this.#state = undefined;
			}
			return result;
		} finally {
			tf.dispose(outputs);
			tf.dispose(gradients);
		}
	}

	state(): EngineState {
		const { tf } = this.#loaded;
		this.#state ??= {
			step: this.#steps,
			weights: joined(tf, this.#variables),
			running: this.#running,
			optimizer: this.#vectors.map((tensors) => joined(tf, tensors)),
		};
		return this.#state;
	}

	restore(state: EngineState): void {
		this.#clear();
		this.#place(state);
	}

	async setTrainable(names: readonly string[]): Promise<ParameterLayout> {
		const { options, state } = withTrainable(this.#options, this.state(), names);
		const graph = graphOf(options);
		this.#clear();
		this.#options = options;
		this.#graph = graph;
		this.#place(state);
		return options.layout;
	}

	async close(): Promise<void> {
		this.#clear();
	}

	#place({ step, weights, running, optimizer }: EngineState): void {
		const { tf } = this.#loaded;
		const { trainable } = this.#options.layout;
		const prefix = `andon${count++}`;
		const initial = cut(tf, weights, trainable);
		this.#variables = initial.map((tensor, i) => tf.variable(tensor, true, `${prefix}/${trainable[i].name}`));
		tf.dispose(initial);
		this.#vectors = optimizer.map((vector) => cut(tf, vector, trainable));
		this.#constants = new Map([...this.#graph.initializers].map(([name, tensor]) => [name, constantOf(tf, tensor)]));
		this.#running = running.slice();
		this.#steps = step;
		this.#state = undefined;
	}

	#clear(): void {
		this.#loaded.tf.dispose([...this.#variables, ...this.#vectors.flat(), ...this.#constants.values()]);
		this.#variables = [];
		this.#vectors = [];
		this.#constants.clear();
	}

	#differentiate(batch: Batch): Pass {
		const { tf } = this.#loaded;
		return tf.tidy(() => {
			const tensors = new Map([...this.#constants, ...this.#feeds(batch)]);
			const outputs: Record<string, Tensor> = {};
			const { grads } = tf.variableGrads(() => {
				// Kept, because TF.js frees what a differentiated function does not return.
				for (const [name, tensor] of interpret(tf, this.#graph, tensors)) outputs[name] = tf.keep(tensor.clone());
				return outputs.loss.asScalar();
			}, this.#variables);
			return { outputs, gradients: this.#variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable)) };
		});
	}

	#feeds(batch: Batch): [string, Tensor][] {
		const { tf } = this.#loaded;
		const { layout, network, batch: count } = this.#options;
		const variables = new Map(layout.trainable.map(({ name }, i) => [name, this.#variables[i]]));
		const masks = dropoutMasks(network, count, this.#steps + 1);
		const values = new Map(Object.entries(batch).concat([...masks].map(([name, { data }]) => [name, data])));
		return this.#graph.inputs.map(({ name, shape }): [string, Tensor] => [
			name,
			variables.get(name) ?? tf.tensor(values.get(name)!, [...(shape as readonly number[])], 'float32'),
		]);
	}

	#measure(outputs: Readonly<Record<string, Tensor>>, gradients: readonly Tensor[]): StepResult {
		const { tf } = this.#loaded;
		const sums = tf.tidy(() => tf.stack(gradients.map((gradient) => tf.sum(tf.square(gradient)))).dataSync());
		const squares = Array.from(sums as Float32Array);
		const gradientNorms = Float32Array.from(squares, Math.sqrt);
		const scalar = (name: string) => outputs[name].dataSync()[0];
		return {
			loss: scalar('loss'),
			terms: Object.fromEntries(this.#options.losses.map(({ name }) => [name, scalar(`loss/${name}`)])),
			gradientNorm: Math.sqrt(squares.reduce((sum, square) => sum + square, 0)),
			gradientNorms,
		};
	}

	async #update(gradients: readonly Tensor[], norm: number, rate: number): Promise<void> {
		const { tf } = this.#loaded;
		const { optimizer, layout } = this.#options;
		const clipped = clip(tf, gradients, norm, this.#options);
		const parameters = this.#variables.map((variable, i) => ({
			variable,
			gradient: clipped[i],
			moments: this.#vectors.map((tensors) => tensors[i]),
			...layout.trainable[i],
		}));
		const moved = await applyGradients(tf, optimizer, parameters, rate, this.#steps);
		tf.dispose([...clipped, ...this.#vectors.flat()]);
		this.#vectors = this.#vectors.map((_, vector) => moved.map((moments) => moments[vector]));
	}

	/** running ← running + momentum · (batch − running). */
	#blendStatistics(outputs: Readonly<Record<string, Tensor>>): void {
		const { layout, momentum } = this.#options;
		const batch = joined(
			this.#loaded.tf,
			layout.running.map(({ name }) => outputs[`batch/${name}`]),
		);
		this.#running = this.#running.map((value, i) => value + momentum * (batch[i] - value));
	}
}
