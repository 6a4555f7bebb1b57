/** Operators of two (or more) inputs that act on each element and broadcast. */
import type { GraphBuilder } from '../builder.ts';
import type { ElementType, Node } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { broadcast } from './shapes.ts';
import { sumToShape } from './sum-to-shape.ts';

type Derivative = (g: GraphBuilder, dy: string, node: Node) => readonly (() => string)[];

function binary(derivative?: Derivative, type?: ElementType): Operator {
	return {
		infer: (node, inputs) => [
			{
				type: type ?? inputs[0]?.type ?? 'float32',
				shape: broadcast(
					node,
					inputs.map((input) => input?.shape),
				),
			},
		],
		...(derivative && {
			gradient: (g, node, [dy], needed) =>
				derivative(g, dy!, node).map((side, i) => (needed[i] ? sumToShape(g, side(), node.inputs[i]) : undefined)),
		}),
	};
}

/** 1.0 where a > b. */
function greater(g: GraphBuilder, a: string, b: string): string {
	return g.op('Cast', [g.op('Greater', [a, b])], { to: 1 });
}

/** The gradient goes to the chosen side; a tie goes to the second input. */
function choose(g: GraphBuilder, dy: string, firstWins: string) {
	return [() => g.mul(dy, firstWins), () => g.mul(dy, g.sub(g.scalar(1), firstWins))];
}

export const binaryOperators: Readonly<Record<string, Operator>> = {
	/** An added constant is a bias, as dense layers behind a product of matrices have it. */
	Add: { ...binary((_g, dy) => [() => dy, () => dy]), parameters: [0, 1] },
	Sub: binary((g, dy) => [() => dy, () => g.neg(dy)]),
	Mul: { ...binary((g, dy, { inputs: [a, b] }) => [() => g.mul(dy, b), () => g.mul(dy, a)]), parameters: [0, 1] },
	Div: binary((g, dy, { inputs: [a, b] }) => [() => g.div(dy, b), () => g.neg(g.div(g.mul(dy, a), g.mul(b, b)))]),
	Pow: binary((g, dy, { inputs: [a, b], outputs: [y] }) => {
		// An exponent may be an integer tensor; its own gradient is wanted of floats only.
		const exponent = g.value(b).type === 'float32' ? b : g.op('Cast', [b], { to: 1 });
		return [
			() => g.mul(dy, g.mul(exponent, g.op('Pow', [a, g.sub(exponent, g.scalar(1))]))),
			() => g.mul(dy, g.mul(y, g.op('Log', [a]))),
		];
	}),
	Max: binary((g, dy, { inputs: [a, b] }) => choose(g, dy, greater(g, a, b))),
	Min: binary((g, dy, { inputs: [a, b] }) => choose(g, dy, greater(g, b, a))),
	Sum: binary((_g, dy, { inputs }) => inputs.map(() => () => dy)),
	Greater: binary(undefined, 'bool'),
	GreaterOrEqual: binary(undefined, 'bool'),
	Less: binary(undefined, 'bool'),
	Equal: binary(undefined, 'bool'),
	LessOrEqual: binary(undefined, 'bool'),
	And: binary(undefined, 'bool'),
	Or: binary(undefined, 'bool'),
};
