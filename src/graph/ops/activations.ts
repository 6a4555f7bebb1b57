/** Activations of several operations each, as imported models have them; each gradient in terms of x, y = f(x) and dY. */
import { float, floatOf, stringOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Node } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';
import { sumToShape } from './sum-to-shape.ts';
import { positive } from './unary.ts';

/** f'(x) as nodes. */
type Slope = (g: GraphBuilder, node: Node) => string;

function activation(slope: Slope): Operator {
	return { infer: sameAsFirst, gradient: (g, node, [dy]) => [g.mul(dy!, slope(g, node))] };
}

/** x·h(x) with h the hard sigmoid of slope 1/6 (Howard et al. 2019). */
const HardSwish = activation((g, { inputs: [x] }) => {
	const h = g.op('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) });
	const inside = g.mul(positive(g, h), positive(g, g.sub(g.scalar(1), h)));
	return g.add(h, g.mul(g.mul(x, inside), g.scalar(1 / 6)));
});

/** x·tanh(softplus(x)) (Misra 2019): t + x·(1 − t²)·σ(x). */
const Mish = activation((g, { inputs: [x] }) => {
	const t = g.op('Tanh', [g.op('Softplus', [x])]);
	return g.add(t, g.mul(g.mul(x, g.sigmoid(x)), g.sub(g.scalar(1), g.mul(t, t))));
});

/** x above 0, α·(eˣ − 1) below, where the slope is y + α. */
const Elu = activation((g, node) => {
	const above = positive(g, node.inputs[0]);
	const below = g.add(node.outputs[0], g.scalar(floatOf(node, 'alpha', 1)));
	return g.add(above, g.mul(g.sub(g.scalar(1), above), below));
});

/** x·Φ(x) (Hendrycks and Gimpel 2016), exactly or by its tanh approximation. */
const Gelu = activation((g, node) =>
	stringOf(node, 'approximate', 'none') === 'tanh'
		? slopeOfTanhGelu(g, node.inputs[0])
		: slopeOfGelu(g, node.inputs[0]),
);

/** Φ(x) + x·φ(x). */
function slopeOfGelu(g: GraphBuilder, x: string): string {
	const half = g.scalar(0.5);
	const cumulative = g.mul(half, g.add(g.scalar(1), g.op('Erf', [g.mul(x, g.scalar(Math.SQRT1_2))])));
	const bell = g.op('Exp', [g.neg(g.mul(half, g.mul(x, x)))]);
	return g.add(cumulative, g.mul(g.mul(x, bell), g.scalar(1 / Math.sqrt(2 * Math.PI))));
}

/** With t = tanh(u), u = √(2/π)·(x + 0.044715·x³): (1 + t)/2 + x·(1 − t²)·u′/2. */
function slopeOfTanhGelu(g: GraphBuilder, x: string): string {
	const k = Math.sqrt(2 / Math.PI);
	const square = g.mul(x, x);
	const t = g.op('Tanh', [g.mul(g.mul(x, g.scalar(k)), g.add(g.scalar(1), g.mul(square, g.scalar(0.044715))))]);
	const inner = g.mul(g.scalar(k), g.add(g.scalar(1), g.mul(square, g.scalar(3 * 0.044715))));
	const bend = g.mul(g.mul(x, inner), g.sub(g.scalar(1), g.mul(t, t)));
	return g.mul(g.scalar(0.5), g.add(g.add(g.scalar(1), t), bend));
}

/** x above 0, slope·x below; the slope is learnt (He et al. 2015). */
const PRelu: Operator = {
	parameters: [1],
	infer: sameAsFirst,
	gradient: (g, node, [dy], needed) => {
		const [x, slope] = node.inputs;
		const above = positive(g, x);
		const below = g.sub(g.scalar(1), above);
		return [
			needed[0] ? g.mul(dy!, g.add(above, g.mul(below, slope))) : undefined,
			needed[1] ? sumToShape(g, g.mul(dy!, g.mul(below, x)), slope) : undefined,
		];
	},
};

export const activationOperators: Readonly<Record<string, Operator>> = { Elu, Gelu, HardSwish, Mish, PRelu };
