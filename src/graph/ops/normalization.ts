/** Normalisations by the statistics of each sample: the same while training and afterwards. */
import { floatOf, intOf } from '../attributes.ts';
import type { GraphBuilder } from '../builder.ts';
import type { Operator } from '../operator.ts';
import { like, positiveAxis, sameAsFirst } from './shapes.ts';
import { sumToShape } from './sum-to-shape.ts';

/** x̂ = (x − mean) / √(variance + ε) over some axes, and 1/√(variance + ε). */
function normalize(g: GraphBuilder, x: string, axes: readonly number[], epsilon: number) {
	const centred = g.sub(x, g.reduceMean(x, axes, 1));
	const variance = g.reduceMean(g.mul(centred, centred), axes, 1);
	const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.add(variance, g.scalar(epsilon))])]);
	return { normal: g.mul(centred, inverse), inverse };
}

/** dX = (d − mean(d) − x̂·mean(d·x̂)) / √(variance + ε), d being the gradient of x̂ (Ba et al. 2016). */
function inputGradient(
	g: GraphBuilder,
	d: string,
	{ normal, inverse }: ReturnType<typeof normalize>,
	axes: readonly number[],
): string {
	const along = g.mul(normal, g.reduceMean(g.mul(d, normal), axes, 1));
	return g.mul(inverse, g.sub(g.sub(d, g.reduceMean(d, axes, 1)), along));
}

/** Over the last axes, from `axis` on; scale and bias have the shape of those. */
const LayerNormalization: Operator = {
	parameters: [1, 2],
	infer: (node, [x]) => node.outputs.map((_, i) => (i === 0 ? like(x) : { type: 'float32', shape: undefined })),
	gradient: (g, node, [dy], needed) => {
		const [x, scale, bias] = node.inputs;
		const rank = g.shape(x).length;
		const first = positiveAxis(intOf(node, 'axis', -1), rank);
		const axes = Array.from({ length: rank - first }, (_, i) => first + i);
		const parts = normalize(g, x, axes, floatOf(node, 'epsilon', 1e-5));
		return [
			needed[0] ? inputGradient(g, g.mul(dy!, scale), parts, axes) : undefined,
			needed[1] ? sumToShape(g, g.mul(dy!, parts.normal), scale) : undefined,
			needed[2] ? sumToShape(g, dy!, bias) : undefined,
		];
	},
};

/** Over the positions of each channel of each sample; scale and bias are [C]. Group normalisations are exported as this. */
const InstanceNormalization: Operator = {
	parameters: [1, 2],
	infer: sameAsFirst,
	gradient: (g, node, [dy], needed) => {
		const [x, scale] = node.inputs;
		const shape = g.shape(x);
		const axes = shape.flatMap((_, axis) => (axis > 1 ? [axis] : []));
		const parts = normalize(g, x, axes, floatOf(node, 'epsilon', 1e-5));
		const perChannel = g.reshape(scale, [1, shape[1], ...axes.map(() => 1)]);
		return [
			needed[0] ? inputGradient(g, g.mul(dy!, perChannel), parts, axes) : undefined,
			needed[1] ? g.reduceSum(g.mul(dy!, parts.normal), [0, ...axes]) : undefined,
			needed[2] ? g.reduceSum(dy!, [0, ...axes]) : undefined,
		];
	},
};

export const normalizationOperators: Readonly<Record<string, Operator>> = { LayerNormalization, InstanceNormalization };
