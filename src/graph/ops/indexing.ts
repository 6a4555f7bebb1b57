/** Operators that pick, repeat or search values; shapes only. */
import { intOf } from '../attributes.ts';
import type { Operator } from '../operator.ts';
import { calculate, like, positiveAxis, UNKNOWN } from './shapes.ts';

export const indexingOperators: Readonly<Record<string, Operator>> = {
	GatherElements: { infer: (_node, [x, indices]) => [{ type: x?.type ?? 'float32', shape: indices?.shape }] },
	Tile: {
		infer: (node, [x], constant) => {
			const repeats = constant(node.inputs[1]);
			const shape = repeats && x?.shape?.map((d, axis) => calculate([d], (size) => size * Number(repeats.data[axis])));
			return [{ type: x?.type ?? 'float32', shape }];
		},
	},
	ConstantOfShape: {
		infer: (node, _inputs, constant) => {
			const shape = constant(node.inputs[0]);
			const value = node.attributes.value;
			return [
				{
					type: value?.kind === 'tensor' ? value.value.type : 'float32',
					shape: shape && Array.from(shape.data, Number),
				},
			];
		},
	},
	Range: {
		infer: (node, [first], constant) => {
			const [start, limit, delta] = node.inputs.map((name) => Number(constant(name)?.data[0] ?? Number.NaN));
			const count = Math.max(0, Math.ceil((limit - start) / delta));
			return [{ type: first?.type ?? 'int64', shape: [Number.isNaN(count) ? UNKNOWN : count] }];
		},
	},
	TopK: {
		infer: (node, [x], constant) => {
			const count = constant(node.inputs[1]);
			const axis = positiveAxis(intOf(node, 'axis', -1), x?.shape?.length ?? 0);
			const shape = count && x?.shape?.map((d, i) => (i === axis ? Number(count.data[0]) : d));
			return [
				{ ...like(x), shape },
				{ type: 'int64', shape },
			];
		},
	},
};
