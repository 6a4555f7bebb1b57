/** Matrix products. */
import { floatOf, intOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Node, Shape } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { broadcast, refuse } from './shapes.ts';
import { sumToShape } from './sum-to-shape.ts';

function product(node: Node, a: Shape, b: Shape, transA: boolean, transB: boolean): Shape {
	const [rows, inner] = transA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!];
	const [depth, columns] = transB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!];
	if (typeof inner === 'number' && typeof depth === 'number' && inner !== depth)
		refuse(node, 'equal inner sizes', `${inner} and ${depth}`);
	return [...broadcast(node, [a.slice(0, -2), b.slice(0, -2)])!, rows, columns];
}

/** Shapes of the operators that can transpose their inputs. */
const inferProduct: Operator['infer'] = (node, [a, b]) => {
	const transposed = (key: string) => intOf(node, key, 0) === 1;
	const shape = a?.shape && b?.shape && product(node, a.shape, b.shape, transposed('transA'), transposed('transB'));
	return [{ type: a?.type ?? 'float32', shape }];
};

/** dA = dY · Bᵀ, dB = Aᵀ · dY, summed over broadcast batches. */
function matMulGradient(g: GraphBuilder, node: Node, dy: string, needed: readonly boolean[]) {
	const [a, b] = node.inputs;
	return [
		needed[0] ? sumToShape(g, g.fusedMatMul(dy, b, 0, 1), a) : undefined,
		needed[1] ? sumToShape(g, g.fusedMatMul(a, dy, 1, 0), b) : undefined,
	];
}

export const denseOperators: Readonly<Record<string, Operator>> = {
	MatMul: {
		parameters: [1],
		infer: (node, [a, b]) => [
			{ type: a?.type ?? 'float32', shape: a?.shape && b?.shape && product(node, a.shape, b.shape, false, false) },
		],
		gradient: (g, node, [dy], needed) => matMulGradient(g, node, dy!, needed),
		macs: (_node, [a], [y]) => (y.shape as readonly number[]).reduce((p, d) => p * d, 1) * (a!.shape!.at(-1) as number),
	},
	FusedMatMul: { infer: inferProduct },
	Gemm: {
		parameters: [1, 2],
		infer: inferProduct,
		gradient: (g, node, [dy], needed) => {
			const [a, b, c] = node.inputs;
			const alpha = floatOf(node, 'alpha', 1);
			const beta = floatOf(node, 'beta', 1);
			const transA = intOf(node, 'transA', 0) as 0 | 1;
			const transB = intOf(node, 'transB', 0) as 0 | 1;
			const otherB = transB === 1 ? 0 : 1;
			// Y = α·A′·B′ + β·C with A′ and B′ the inputs as the product reads them.
			const dA = () =>
				transA === 1 ? g.fusedMatMul(b, dy!, transB, 1, alpha) : g.fusedMatMul(dy!, b, 0, otherB, alpha);
			const dB = () =>
				transB === 1 ? g.fusedMatMul(dy!, a, 1, transA, alpha) : g.fusedMatMul(a, dy!, transA === 1 ? 0 : 1, 0, alpha);
			const dC = () => sumToShape(g, beta === 1 ? dy! : g.mul(dy!, g.scalar(beta)), c);
			return [needed[0] ? dA() : undefined, needed[1] ? dB() : undefined, needed[2] ? dC() : undefined];
		},
		macs: (node, [a], [y]) =>
			(y.shape as readonly number[]).reduce((p, d) => p * d, 1) *
			(a!.shape!.at(intOf(node, 'transA', 0) === 1 ? 0 : -1) as number),
	},
};
