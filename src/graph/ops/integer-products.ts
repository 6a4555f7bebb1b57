/** Convolutions and products on integers, as quantized models of other tools have them. */
import type { Node, Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { Conv } from './conv.ts';
import { denseOperators } from './dense.ts';

/** The rules of `base` with its inputs found at `places`, and the output of the type of `output`'s value. */
function integer(
	base: Operator,
	places: readonly number[],
	type: (inputs: readonly (Value | undefined)[]) => Value['type'],
) {
	const pick = (inputs: readonly (Value | undefined)[]) => places.map((place) => inputs[place]);
	const renamed = (node: Node): Node => ({ ...node, inputs: places.map((place) => node.inputs[place] ?? '') });
	const operator: Operator = {
		parameters: (base.parameters ?? []).map((index) => places[index]).filter((place) => place !== undefined),
		infer: (node, inputs, constant) => [
			{ ...base.infer(renamed(node), pick(inputs), constant)[0], type: type(inputs) },
		],
		macs: (node, inputs, outputs) => base.macs!(renamed(node), pick(inputs), outputs),
		...(base.window && { window: (node, inputs) => base.window!(renamed(node), pick(inputs)) }),
	};
	return operator;
}

export const integerProductOperators: Readonly<Record<string, Operator>> = {
	QLinearConv: integer(Conv, [0, 3, 8], (inputs) => inputs[7]?.type ?? 'uint8'),
	ConvInteger: integer(Conv, [0, 1], () => 'int32'),
	QLinearMatMul: integer(denseOperators.MatMul, [0, 3], (inputs) => inputs[7]?.type ?? 'uint8'),
	MatMulInteger: integer(denseOperators.MatMul, [0, 1], () => 'int32'),
};
