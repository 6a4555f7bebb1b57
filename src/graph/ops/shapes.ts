/** Shape arithmetic that several operators share. */
import { AndonError } from '../../base/errors.ts';
import type { Dimension, Node, Shape, Value } from '../graph.ts';
import type { Inferred } from '../operator.ts';

/** The size of a dimension that only running would tell. */
export const UNKNOWN: Dimension = '?';

/** @throws GRAPH_INVALID naming the node, what it expected and what it got */
export function refuse(node: Node, expected: string, found: string): never {
	throw new AndonError('GRAPH_INVALID', {
		expected: `${node.op} "${node.name}" to have ${expected}`,
		found,
		fix: 'Correct the graph at that node.',
	});
}

/** Output of the same type and shape as the first input. */
export function sameAsFirst(_node: Node, inputs: readonly (Value | undefined)[]): readonly Inferred[] {
	return [like(inputs[0])];
}

export function like(value: Value | undefined): Inferred {
	return { type: value?.type ?? 'float32', shape: value?.shape };
}

/** The shape that broadcasting gives (numpy rules). */
export function broadcast(node: Node, shapes: readonly (Shape | undefined)[]): Shape | undefined {
	if (shapes.some((shape) => shape === undefined)) return undefined;
	const known = shapes as readonly Shape[];
	const rank = Math.max(...known.map((shape) => shape.length));
	return Array.from({ length: rank }, (_, axis) => {
		const sizes = known.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((d) => d !== 1);
		const first = sizes.find((d) => typeof d === 'number') ?? sizes[0] ?? 1;
		const clash = sizes.find((d) => typeof d === 'number' && typeof first === 'number' && d !== first);
		if (clash !== undefined)
			refuse(node, 'inputs that broadcast', known.map((shape) => `[${shape.join(',')}]`).join(' and '));
		return first;
	});
}

/** An axis counted from the front. */
export function positiveAxis(axis: number, rank: number): number {
	return axis < 0 ? axis + rank : axis;
}

/** `combine` on sizes that are known, UNKNOWN otherwise. */
export function calculate(dims: readonly Dimension[], combine: (...sizes: number[]) => number): Dimension {
	return dims.every((d) => typeof d === 'number') ? combine(...(dims as number[])) : UNKNOWN;
}
