/** Rounding to the codes of an integer type and straight back: how training gets to know what quantization will do. */
import { floatOf, intOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import { float32, type Node, type Tensor } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { isAbove, isBelow } from './clip.ts';
import { like, refuse, sameAsFirst } from './shapes.ts';

/** What a node rounds to: `scale` times whole numbers from `low` to `high`, one entry each or one a channel of `axis`. */
export interface Grid {
	readonly scales: readonly number[];
	readonly lows: readonly number[];
	readonly highs: readonly number[];
	readonly axis: number;
}

/**
 * Inputs x, scale and zero point (constants, [] or [C] along `axis`, default 1); attributes `qmin` and `qmax` (default 0 and
 * 255). Output scale · (clip(round(x / scale) + zero point, qmin, qmax) − zero point), ties to even. The gradient passes
 * unchanged where nothing was clipped and is zero elsewhere (Bengio et al. 2013; Jacob et al. 2018).
 */
const FakeQuantize: Operator = {
	infer: (node, inputs, constant) => {
		gridOf(node, constant);
		return sameAsFirst(node, inputs);
	},
	gradient: (g, node, [dy], needed) => [needed[0] ? straightThrough(g, node, dy!) : undefined],
	lower: (g, node) => [typed(g, node) ?? rounded(g, node)],
};

/**
 * Inputs weight [O, …] and optionally the bias [O] of the same convolution; attributes `qmax` (default 127) and
 * `input_scale`. Outputs both as integers would store them: each output channel of the weight as whole multiples, −qmax to
 * qmax, of a scale that follows it (its largest absolute value / qmax, or more where the bias would not fit into int32),
 * the bias as whole multiples of that scale · `input_scale`. Nothing is ever clipped, so gradients pass unchanged.
 */
const FakeQuantizeWeights: Operator = {
	parameters: [0, 1],
	infer: (node, inputs) => node.outputs.map((_, i) => like(inputs[i])),
	gradient: (_g, _node, dOutputs) => dOutputs,
	lower: (g, node) => {
		const [weight, bias] = node.inputs;
		const [channels, ...rest] = g.shape(weight);
		const axes = rest.map((_, i) => i + 1);
		const largest = g.op('ReduceMax', [g.op('Abs', [weight]), g.ints(axes)], { keepdims: 1 });
		const limits = [g.div(largest, g.scalar(intOf(node, 'qmax', 127))), g.scalar(SMALLEST_NORMAL_FLOAT32)];
		const inputScale = floatOf(node, 'input_scale', 1);
		if (bias) {
			const smallest = g.mul(g.op('Abs', [bias]), g.scalar(biasStep(inputScale)));
			limits.push(g.reshape(smallest, [channels, ...rest.map(() => 1)]));
		}
		const scale = g.op('Max', limits);
		const rounded = roundTo(g, weight, scale);
		return bias ? [rounded, roundTo(g, bias, g.mul(g.reshape(scale, [channels]), g.scalar(inputScale)))] : [rounded];
	},
};

function roundTo(g: GraphBuilder, x: string, scale: string): string {
	return g.mul(g.op('Round', [g.div(x, scale)]), scale);
}

export const fakeQuantizeOperators: Readonly<Record<string, Operator>> = { FakeQuantize, FakeQuantizeWeights };

const SMALLEST_NORMAL_FLOAT32 = 2 ** -126;

/** The smallest scale of a weight for each unit of its bias, so that the bias fits into int32 (see `quantizeWeights`). */
export function biasStep(inputScale: number): number {
	return 1.0001 / ((2 ** 31 - 1) * inputScale);
}

/** @throws GRAPH_INVALID when scale or zero point are not constants */
export function gridOf(node: Node, constant: (name: string) => Tensor | undefined): Grid {
	const [scale, zeroPoint] = node.inputs.slice(1, 3).map((name) => constant(name));
	if (!scale || !zeroPoint) refuse(node, 'a constant scale and zero point', node.inputs.slice(1).join(', ') || 'none');
	const scales = Array.from(scale.data, Number);
	const zeros = scales.map((_, i) => Number(zeroPoint.data[zeroPoint.data.length === 1 ? 0 : i]));
	return {
		scales,
		lows: zeros.map((zero) => intOf(node, 'qmin', 0) - zero),
		highs: zeros.map((zero) => intOf(node, 'qmax', 255) - zero),
		axis: intOf(node, 'axis', 1),
	};
}

/** In the types that ONNX has: two passes, and a quarter of the memory in between. */
function typed(g: GraphBuilder, node: Node): string | undefined {
	const { scales, lows, axis } = gridOf(node, (name) => g.initializers.get(name));
	const [qmin, qmax] = [intOf(node, 'qmin', 0), intOf(node, 'qmax', 255)];
	const type = qmin === 0 && qmax === 255 ? 'uint8' : qmin === -128 && qmax === 127 ? 'int8' : undefined;
	if (!type) return undefined;
	const dims = scales.length === 1 ? [] : [scales.length];
	const zeros = lows.map((low) => qmin - low);
	const zeroPoint = g.constant({ type, dims, data: type === 'uint8' ? Uint8Array.from(zeros) : Int8Array.from(zeros) });
	const scale = g.constant(float32(dims, scales));
	const along = dims.length > 0 ? { axis } : {};
	const codes = g.op('QuantizeLinear', [node.inputs[0], scale, zeroPoint], along);
	return g.op('DequantizeLinear', [codes, scale, zeroPoint], along);
}

/** In arithmetic, for any number of codes. */
function rounded(g: GraphBuilder, node: Node): string {
	const [x] = node.inputs;
	const { scales, lows, highs, axis } = gridOf(node, (name) => g.initializers.get(name));
	const along = (values: readonly number[]) => channelwise(g, x, values, axis);
	const codes = g.op('Round', [g.div(x, along(scales))]);
	const kept = g.op('Min', [g.op('Max', [codes, along(lows)]), along(highs)]);
	return g.mul(kept, along(scales));
}

/** dY where x rounds to a code that there is. A side that x cannot reach costs nothing. */
function straightThrough(g: GraphBuilder, node: Node, dy: string): string {
	const [x] = node.inputs;
	const { scales, lows, highs, axis } = gridOf(node, (name) => g.initializers.get(name));
	const reach = reachOf(g, x);
	const lowest = scales.map((scale, i) => scale * (lows[i] - 0.5));
	const highest = scales.map((scale, i) => scale * (highs[i] + 0.5));
	let gradient = dy;
	if (lowest.some((limit) => reach.min < limit))
		gradient = g.mul(gradient, isAbove(g, x, channelwise(g, x, lowest, axis)));
	if (highest.some((limit) => reach.max > limit))
		gradient = g.mul(gradient, isBelow(g, x, channelwise(g, x, highest, axis)));
	return gradient;
}

/** One number, or one a channel in a shape that broadcasts along its axis. */
function channelwise(g: GraphBuilder, x: string, values: readonly number[], axis: number): string {
	if (values.length === 1) return g.scalar(values[0]);
	return g.constant(
		float32(
			g.shape(x).map((_, i) => (i === axis ? values.length : 1)),
			values,
		),
	);
}

/** Between which numbers a value lies by the operator that makes it. */
function reachOf(g: GraphBuilder, name: string): { readonly min: number; readonly max: number } {
	const node = g.nodes.findLast(({ outputs }) => outputs.includes(name));
	const limit = (index: number, otherwise: number) => {
		const tensor = node?.inputs[index] ? g.initializers.get(node.inputs[index]) : undefined;
		return tensor?.data.length === 1 ? Number(tensor.data[0]) : otherwise;
	};
	if (node?.op === 'Relu') return { min: 0, max: Number.POSITIVE_INFINITY };
	if (node?.op === 'Sigmoid' || node?.op === 'HardSigmoid') return { min: 0, max: 1 };
	if (node?.op === 'Clip') return { min: limit(1, Number.NEGATIVE_INFINITY), max: limit(2, Number.POSITIVE_INFINITY) };
	return { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
}
