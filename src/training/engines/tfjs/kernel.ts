/** What an operator of the graph is in TF.js: a function of tensors that TF.js can differentiate. */
import type { Node, Tensor } from '../../../graph/graph.ts';
import type { Arranged } from './arranged.ts';

/** TensorFlow.js, whichever package it came from. */
export type Tf = typeof import('@tensorflow/tfjs');

/** One application of an operator. */
export interface Call {
	readonly tf: Tf;
	readonly node: Node;
	/** Undefined where an optional input is left out. */
	readonly inputs: readonly (Arranged | undefined)[];
	/** A value that is known before running. */
	constant(name: string): Tensor | undefined;
	/** The shape of an output, in ONNX's order. */
	shape(output?: number): number[];
}

/** Gives the outputs in the node's order; one by itself needs no list. */
export type Kernel = (call: Call) => Arranged | readonly Arranged[];

/** The numbers of an input that is known before running. */
export function numbersOf({ node, constant }: Call, input: number): readonly number[] | undefined {
	const name = node.inputs[input];
	const tensor = name ? constant(name) : undefined;
	return tensor && Array.from(tensor.data, Number);
}
