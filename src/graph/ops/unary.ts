/** Operators of one input that act on each element; each gradient in terms of x, y = f(x) and dY. */

import { float, floatOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Node } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

type Derivative = (g: GraphBuilder, dy: string, x: string, y: string, node: Node) => string;

function unary(derivative?: Derivative): Operator {
	return {
		infer: sameAsFirst,
		...(derivative && {
			gradient: (g, node, [dy]) => [derivative(g, dy!, node.inputs[0], node.outputs[0], node)],
		}),
	};
}

/** 1 where the value is positive, 0 elsewhere: a HardSigmoid so steep that it is a step, in one pass. */
export function positive(g: GraphBuilder, x: string): string {
	return g.op('HardSigmoid', [x], { alpha: float(1e38), beta: float(0) });
}

export const unaryOperators: Readonly<Record<string, Operator>> = {
	Relu: unary((g, dy, _x, y) => g.mul(dy, positive(g, y))),
	LeakyRelu: unary((g, dy, x, _y, node) => {
		const alpha = floatOf(node, 'alpha', 0.01);
		const slope = g.add(g.mul(positive(g, x), g.scalar(1 - alpha)), g.scalar(alpha));
		return g.mul(dy, slope);
	}),
	Sigmoid: unary((g, dy, _x, y) => g.mul(dy, g.mul(y, g.sub(g.scalar(1), y)))),
	HardSigmoid: unary((g, dy, _x, y, node) => {
		const inside = g.mul(positive(g, y), positive(g, g.sub(g.scalar(1), y)));
		return g.mul(dy, g.mul(inside, g.scalar(floatOf(node, 'alpha', 0.2))));
	}),
	Tanh: unary((g, dy, _x, y) => g.mul(dy, g.sub(g.scalar(1), g.mul(y, y)))),
	Softplus: unary((g, dy, x) => g.mul(dy, g.sigmoid(x))),
	Exp: unary((g, dy, _x, y) => g.mul(dy, y)),
	Log: unary((g, dy, x) => g.div(dy, x)),
	Sqrt: unary((g, dy, _x, y) => g.div(g.mul(dy, g.scalar(0.5)), y)),
	Reciprocal: unary((g, dy, _x, y) => g.neg(g.mul(dy, g.mul(y, y)))),
	/** 2/√π · e^(−x²). */
	Erf: unary((g, dy, x) => g.mul(dy, g.mul(g.op('Exp', [g.neg(g.mul(x, x))]), g.scalar(2 / Math.sqrt(Math.PI))))),
	Neg: unary((g, dy) => g.neg(dy)),
	Abs: unary((g, dy, x) => g.mul(dy, g.op('Sign', [x]))),
	Identity: unary((_g, dy) => dy),
	Sign: unary(),
	Floor: unary(),
	Ceil: unary(),
	Round: unary(),
	Not: unary(),
};
