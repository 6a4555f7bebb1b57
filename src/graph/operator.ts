/** What the graph knows about one operator: the rules that `ops/` fills in, one file an operator family. */
import type { GraphBuilder } from './builder.ts';
import type { ElementType, Node, Shape, Tensor, Value } from './graph.ts';

/** Type and shape of one output. */
export interface Inferred {
	readonly type: ElementType;
	readonly shape: Shape | undefined;
}

/** The sliding window of an operator, for receptive fields: one entry per spatial axis. */
export interface Window {
	readonly kernel: readonly number[];
	readonly strides: readonly number[];
	readonly dilations: readonly number[];
	/** Padding before each axis (default 0). */
	readonly begins?: readonly number[];
}

export interface Operator {
	/**
	 * Types and shapes of the outputs. `inputs[i]` is undefined for an omitted optional input;
	 * `constant` gives the value of an input that is known before running.
	 */
	infer(
		node: Node,
		inputs: readonly (Value | undefined)[],
		constant: (name: string) => Tensor | undefined,
	): readonly Inferred[];
	/**
	 * Emits the nodes that turn gradients of the outputs into gradients of the inputs.
	 *
	 * @param dOutputs gradient of each output, undefined when the loss does not depend on it
	 * @param needed which inputs need a gradient; the others may be skipped
	 * @returns one gradient per input, undefined when there is none
	 */
	gradient?(
		g: GraphBuilder,
		node: Node,
		dOutputs: readonly (string | undefined)[],
		needed: readonly boolean[],
	): readonly (string | undefined)[];
	/** Multiply-accumulates of one run. */
	macs?(node: Node, inputs: readonly (Value | undefined)[], outputs: readonly Value[]): number;
	/** The window that it slides over its first input. */
	window?(node: Node, inputs: readonly (Value | undefined)[]): Window;
	/** Inputs that are learnt when they are constants, such as a convolution's weight and bias. */
	readonly parameters?: readonly number[];
	/** Replaces a node of the `andon` domain by standard operators; absent on standard operators. */
	lower?(g: GraphBuilder, node: Node): readonly string[];
}
