/** What trains: one small interface, whatever computes underneath. */
import type { ParameterLayout } from '../parameters.ts';

/** A batch, ready to feed. */
export interface Batch {
	/** Images in [0,1], float32 [N, C, H, W]. */
	readonly x: Float32Array;
	/** Class index of each pixel, 0 = sound, float32 [N, 1, H, W]; undefined when no loss looks at masks. */
	readonly mask: Float32Array | undefined;
	/** Class index of each image, float32 [N, 1]. */
	readonly label: Float32Array;
}

export interface StepResult {
	readonly loss: number;
	/** Each term of the loss by name. */
	readonly terms: Readonly<Record<string, number>>;
	/** Global L2 norm of the gradient before clipping. */
	readonly gradientNorm: number;
	/** L2 norm of each parameter's gradient, in the layout's order. */
	readonly gradientNorms: Float32Array;
}

/** Everything that changes while training; enough to resume exactly. */
export interface EngineState {
	readonly step: number;
	readonly weights: Float32Array;
	readonly running: Float32Array;
	readonly optimizer: readonly Float32Array[];
}

export interface Engine {
	/** What computes, for logs and reports: package, version and device. */
	readonly runtime: string;
	/** Takes one optimizer step; one whose loss or gradient is not finite changes nothing. */
	step(batch: Batch, learningRate: number): Promise<StepResult>;
	/** Flat vectors in the layout's order, the same for every engine; later steps do not change them. */
	state(): EngineState;
	/** @param state one of the same layout, from any engine */
	restore(state: EngineState): void;
	/**
	 * Trains another set of parameters from the next step on. Weights, running statistics and the optimizer's state of
	 * what stays trainable are kept; what joins starts from its present weights with a fresh optimizer state and its own
	 * count of steps.
	 *
	 * @returns the layout of `state()` and of gradient norms from now on
	 * @throws GRAPH_INVALID when a name is no parameter of the network, or there is none
	 */
	setTrainable(names: readonly string[]): Promise<ParameterLayout>;
	close(): Promise<void>;
}
