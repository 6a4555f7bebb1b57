/** Layers of a network as the gradient watch sees them: parameters that share a name up to its last slash. */
import type { ParameterLayout, Slot } from '../parameters.ts';

export interface Layer {
	readonly name: string;
	/** Places of its parameters in the layout. */
	readonly slots: readonly number[];
	/** Number of weights. */
	readonly size: number;
}

/** Layers with a kernel (weights of rank 2 and more), from the input to the output; normalisations are left out. */
export function layersOf({ trainable }: ParameterLayout): readonly Layer[] {
	const groups = Map.groupBy(trainable.keys(), (slot) => layerName(trainable[slot].name));
	return [...groups].flatMap(([name, slots]) => {
		if (!slots.some((slot) => trainable[slot].dims.length > 1)) return [];
		return [{ name, slots, size: slots.reduce((sum, slot) => sum + trainable[slot].size, 0) }];
	});
}

/** L2 norms of the layers' gradients. @param perParameter L2 norm of each parameter's gradient, in layout order */
export function layerNorms(layers: readonly Layer[], perParameter: ArrayLike<number>): number[] {
	return layers.map(({ slots }) => Math.hypot(...slots.map((slot) => perParameter[slot])));
}

/** L2 norms of the layers' weights. @param flat all weights, as the layout has them */
export function weightNorms(layers: readonly Layer[], trainable: readonly Slot[], flat: Float32Array): number[] {
	return layers.map(({ slots }) => {
		let squares = 0;
		for (const { offset, size } of slots.map((slot) => trainable[slot]))
			for (let i = offset; i < offset + size; i++) squares += flat[i] * flat[i];
		return Math.sqrt(squares);
	});
}

function layerName(parameter: string): string {
	const slash = parameter.lastIndexOf('/');
	return slash > 0 ? parameter.slice(0, slash) : parameter;
}
