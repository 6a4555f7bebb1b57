/** One small graph an operator: what its gradient is checked on, by differences and through other engines. */
import type { Random } from '../../src/base/random.ts';
import { float } from '../../src/graph/attributes.ts';
import type { GraphBuilder } from '../../src/graph/builder.ts';
import { float32, int64 } from '../../src/graph/graph.ts';

type Body = (g: GraphBuilder, inputs: readonly string[]) => string;

export interface GradientCase {
	readonly name: string;
	readonly shapes: readonly (readonly number[])[];
	readonly body: Body;
	/** Inputs kept away from zero, where a kink would spoil a central difference. */
	readonly positive?: boolean;
	readonly distinct?: boolean;
}

const image = [2, 3, 6, 7];
const conv =
	(attributes: Record<string, number | number[]>): Body =>
	(g, [x, w]) =>
		g.op('Conv', [x, w], attributes);

export const gradientCases: readonly GradientCase[] = [
	{ name: 'Conv 3×3, same size', shapes: [image, [4, 3, 3, 3]], body: conv({ pads: [1, 1, 1, 1] }) },
	{ name: 'Conv 3×3, no padding', shapes: [image, [4, 3, 3, 3]], body: conv({}) },
	{ name: 'Conv 3×3, uneven padding', shapes: [image, [4, 3, 3, 3]], body: conv({ pads: [0, 2, 1, 0] }) },
	{ name: 'Conv 3×3 with padding beyond its reach', shapes: [image, [2, 3, 1, 1]], body: conv({ pads: [1, 1, 1, 1] }) },
	{ name: 'Conv 1×1', shapes: [image, [5, 3, 1, 1]], body: conv({}) },
	{ name: 'Conv 5×3', shapes: [image, [2, 3, 5, 3]], body: conv({ pads: [2, 1, 2, 1] }) },
	{ name: 'Conv 3×3, stride 2', shapes: [image, [4, 3, 3, 3]], body: conv({ pads: [1, 1, 1, 1], strides: [2, 2] }) },
	{
		name: 'Conv 3×3, stride 2, even size',
		shapes: [
			[2, 3, 8, 6],
			[4, 3, 3, 3],
		],
		body: conv({ pads: [1, 1, 1, 1], strides: [2, 2] }),
	},
	{ name: 'Conv 1×1, stride 2', shapes: [image, [4, 3, 1, 1]], body: conv({ strides: [2, 2] }) },
	{
		name: 'Conv 7×7, stride 2',
		shapes: [
			[1, 2, 9, 11],
			[3, 2, 7, 7],
		],
		body: conv({ pads: [3, 3, 3, 3], strides: [2, 2] }),
	},
	{
		name: 'Conv 3×3, stride 3',
		shapes: [
			[1, 2, 9, 11],
			[3, 2, 3, 3],
		],
		body: conv({ strides: [3, 3] }),
	},
	{
		name: 'Conv 3×3, strides 2 and 1',
		shapes: [image, [4, 3, 3, 3]],
		body: conv({ pads: [1, 1, 1, 1], strides: [2, 1] }),
	},
	{
		name: 'Conv 3×3, dilation 2',
		shapes: [image, [4, 3, 3, 3]],
		body: conv({ pads: [2, 2, 2, 2], dilations: [2, 2] }),
	},
	{
		name: 'Conv in 2 groups',
		shapes: [
			[2, 4, 5, 6],
			[6, 2, 3, 3],
		],
		body: conv({ pads: [1, 1, 1, 1], group: 2 }),
	},
	{
		name: 'Conv depthwise',
		shapes: [
			[2, 4, 5, 6],
			[4, 1, 3, 3],
		],
		body: conv({ pads: [1, 1, 1, 1], group: 4 }),
	},
	{
		name: 'Conv depthwise, stride 2',
		shapes: [
			[2, 4, 6, 8],
			[4, 1, 3, 3],
		],
		body: conv({ pads: [1, 1, 1, 1], group: 4, strides: [2, 2] }),
	},
	{
		name: 'Conv with bias',
		shapes: [image, [4, 3, 3, 3], [4]],
		body: (g, inputs) => g.op('Conv', inputs, { pads: [1, 1, 1, 1] }),
	},
	{
		name: 'ConvTranspose 2×2, stride 2',
		shapes: [image, [3, 4, 2, 2]],
		body: (g, i) => g.op('ConvTranspose', i, { strides: [2, 2] }),
	},
	{
		name: 'ConvTranspose 3×3, stride 2, bias',
		shapes: [image, [3, 4, 3, 3], [4]],
		body: (g, i) => g.op('ConvTranspose', i, { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
	},
	{
		name: 'BatchNormalizationTraining',
		shapes: [image, [3], [3]],
		body: (g, i) =>
			g.ops('BatchNormalizationTraining', i, { epsilon: float(1e-5) }, { outputs: 4, domain: 'andon' })[0],
	},
	{
		name: 'MaxPool 2×2',
		shapes: [image],
		distinct: true,
		body: (g, [x]) => g.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }),
	},
	{
		name: 'MaxPool 3×3, stride 2, overlapping',
		shapes: [image],
		distinct: true,
		body: (g, [x]) => g.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
	},
	{
		name: 'AveragePool 2×2',
		shapes: [image],
		body: (g, [x]) => g.op('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] }),
	},
	{
		name: 'AveragePool 5×5, padded, stride 1',
		shapes: [image],
		body: (g, [x]) => g.op('AveragePool', [x], { kernel_shape: [5, 5], pads: [2, 2, 2, 2], count_include_pad: 1 }),
	},
	{
		name: 'AveragePool 3×3, padded, padding not counted',
		shapes: [image],
		body: (g, [x]) => g.op('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }),
	},
	...[0, 1].map(
		(count): GradientCase => ({
			name: `AveragePool 2×2, stride 2, rounded up, count_include_pad ${count}`,
			shapes: [[1, 2, 5, 7]],
			body: (g, [x]) =>
				g.op('AveragePool', [x], {
					kernel_shape: [2, 2],
					strides: [2, 2],
					ceil_mode: 1,
					count_include_pad: count,
				}),
		}),
	),
	{
		name: 'MaxPool 3×3, stride 2, rounded up',
		shapes: [[1, 2, 6, 8]],
		distinct: true,
		body: (g, [x]) => g.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
	},
	{ name: 'GlobalAveragePool', shapes: [image], body: (g, i) => g.op('GlobalAveragePool', i) },
	{ name: 'GlobalMaxPool', shapes: [image], distinct: true, body: (g, i) => g.op('GlobalMaxPool', i) },
	{
		name: 'Resize nearest ×2',
		shapes: [image],
		body: (g, [x]) =>
			g.op('Resize', [x, '', g.constant(float32([4], [1, 1, 2, 2]))], {
				mode: 'nearest',
				nearest_mode: 'floor',
				coordinate_transformation_mode: 'asymmetric',
			}),
	},
	...(
		[
			['linear', 'half_pixel', [1, 1, 2, 2]],
			['linear', 'align_corners', [1, 1, 2, 3]],
			['linear', 'asymmetric', [1, 1, 1.5, 2]],
			['linear', 'pytorch_half_pixel', [1, 1, 0.5, 2]],
			['nearest', 'half_pixel', [1, 1, 2, 0.5]],
			['nearest', 'asymmetric', [1, 1, 3, 1.5]],
		] as const
	).map(
		([mode, coordinates, scales]): GradientCase => ({
			name: `Resize ${mode}, ${coordinates} by ${scales.slice(2)}`,
			shapes: [[2, 3, 6, 8]],
			body: (g, [x]) =>
				g.op('Resize', [x, '', g.constant(float32([4], [...scales]))], {
					mode,
					coordinate_transformation_mode: coordinates,
				}),
		}),
	),
	{
		name: 'Resize to given sizes',
		shapes: [[1, 2, 5, 7]],
		body: (g, [x]) => g.op('Resize', [x, '', '', g.ints([1, 2, 9, 4])], { mode: 'linear' }),
	},
	{
		name: 'DepthToSpace, channels outside',
		shapes: [[2, 8, 3, 4]],
		body: (g, i) => g.op('DepthToSpace', i, { blocksize: 2, mode: 'CRD' }),
	},
	{ name: 'DepthToSpace', shapes: [[2, 8, 3, 4]], body: (g, i) => g.op('DepthToSpace', i, { blocksize: 2 }) },
	{ name: 'SpaceToDepth', shapes: [[2, 3, 4, 6]], body: (g, i) => g.op('SpaceToDepth', i, { blocksize: 2 }) },
	{ name: 'Gemm, transB', shapes: [[5, 4], [3, 4], [3]], body: (g, i) => g.op('Gemm', i, { transB: 1 }) },
	{ name: 'Gemm', shapes: [[5, 4], [4, 3], [3]], body: (g, i) => g.op('Gemm', i) },
	...[0, 1].flatMap((transA) =>
		[0, 1].map(
			(transB): GradientCase => ({
				name: `Gemm, transA ${transA}, transB ${transB}, α and β`,
				shapes: [transA === 1 ? [4, 5] : [5, 4], transB === 1 ? [3, 4] : [4, 3], [5, 1]],
				body: (g, i) => g.op('Gemm', i, { transA, transB, alpha: float(0.7), beta: float(-1.5) }),
			}),
		),
	),
	{
		name: 'MatMul, broadcast batch',
		shapes: [
			[2, 5, 4],
			[4, 3],
		],
		body: (g, [a, b]) => g.matMul(a, b),
	},
	{ name: 'LogSoftmax', shapes: [[2, 3, 4]], body: (g, [x]) => g.op('LogSoftmax', [x], { axis: 1 }) },
	{ name: 'Softmax', shapes: [[4, 5]], body: (g, [x]) => g.op('Softmax', [x], { axis: -1 }) },
	{
		name: 'Concat',
		shapes: [
			[2, 3, 4],
			[2, 2, 4],
		],
		body: (g, i) => g.concat(i, 1),
	},
	{
		name: 'Split into uneven parts, one of them unused',
		shapes: [[2, 7, 3]],
		body: (g, [x]) => {
			const [a, , c] = g.ops('Split', [x, g.ints([2, 1, 4])], { axis: 1 }, { outputs: 3 });
			return g.concat([c, a], 1);
		},
	},
	{
		name: 'Split without sizes',
		shapes: [[5, 2]],
		body: (g, [x]) => {
			const parts = g.ops('Split', [x], { axis: 0, num_outputs: 3 }, { outputs: 3 });
			return g.concat([g.sigmoid(parts[2]), parts[0]], 0);
		},
	},
	{
		name: 'Where, broadcast',
		shapes: [[3, 4], [4]],
		body: (g, [a, b]) => g.op('Where', [g.op('Greater', [a, g.scalar(0)]), a, b]),
		distinct: true,
	},
	{ name: 'Expand', shapes: [[3, 1]], body: (g, [x]) => g.op('Expand', [x, g.ints([2, 3, 4])]) },
	{
		name: 'Gather, with repeats',
		shapes: [[2, 5, 3]],
		body: (g, [x]) => g.op('Gather', [x, g.constant(int64([2, 2], [0, 3, -1, 3]))], { axis: 1 }),
	},
	{
		name: 'Gather of one slice',
		shapes: [[2, 5, 3]],
		body: (g, [x]) => g.op('Gather', [x, g.constant(int64([], [2]))], { axis: 1 }),
	},
	{ name: 'Slice', shapes: [image], body: (g, [x]) => g.slice(x, [2, 3], [1, 0], [6, 7], [2, 3]) },
	{ name: 'Slice backwards', shapes: [image], body: (g, [x]) => g.slice(x, [3], [-1], [-100], [-2]) },
	{ name: 'Pad and crop', shapes: [image], body: (g, [x]) => g.pad(x, [0, 0, 1, -1, 0, 0, 2, 0]) },
	{ name: 'Transpose', shapes: [image], body: (g, [x]) => g.transpose(x, [2, 0, 3, 1]) },
	{ name: 'Reshape', shapes: [image], body: (g, [x]) => g.reshape(x, [6, -1]) },
	{ name: 'Flatten', shapes: [image], body: (g, i) => g.op('Flatten', i, { axis: 1 }) },
	{
		name: 'Squeeze and Unsqueeze',
		shapes: [[2, 1, 3]],
		body: (g, [x]) => g.op('Unsqueeze', [g.op('Squeeze', [x, g.ints([1])]), g.ints([0])]),
	},
	{ name: 'ReduceSum', shapes: [image], body: (g, [x]) => g.reduceSum(x, [1, 3]) },
	{ name: 'ReduceMean, dims kept', shapes: [image], body: (g, [x]) => g.reduceMean(x, [0, 2], 1) },
	{
		name: 'ReduceMax',
		shapes: [image],
		distinct: true,
		body: (g, [x]) => g.op('ReduceMax', [x, g.ints([1, 2, 3])], { keepdims: 0 }),
	},
	{
		name: 'ReduceMin',
		shapes: [image],
		distinct: true,
		body: (g, [x]) => g.op('ReduceMin', [x, g.ints([2, 3])], { keepdims: 1 }),
	},
	{ name: 'ReduceL2', shapes: [image], body: (g, [x]) => g.op('ReduceL2', [x, g.ints([1])], { keepdims: 0 }) },
	{ name: 'ReduceSumSquare', shapes: [image], body: (g, [x]) => g.op('ReduceSumSquare', [x, g.ints([2, 3])]) },
	{ name: 'Clip', shapes: [image], body: (g, [x]) => g.op('Clip', [x, g.scalar(-0.5), g.scalar(0.7)]) },
	...(['Add', 'Sub', 'Mul'] as const).map(
		(op): GradientCase => ({
			name: `${op}, broadcast`,
			shapes: [
				[2, 3, 4],
				[3, 1],
			],
			body: (g, i) => g.op(op, i),
		}),
	),
	{
		name: 'Div, broadcast',
		shapes: [
			[2, 3, 4],
			[3, 1],
		],
		positive: true,
		body: (g, i) => g.op('Div', i),
	},
	{
		name: 'Pow',
		shapes: [
			[2, 3],
			[2, 3],
		],
		positive: true,
		body: (g, i) => g.op('Pow', i),
	},
	{
		name: 'Pow, exponent a constant integer',
		shapes: [[2, 3]],
		body: (g, [x]) => g.op('Pow', [x, g.constant(int64([], [3]))]),
	},
	{
		name: 'Max',
		shapes: [
			[3, 4],
			[3, 4],
		],
		body: (g, i) => g.op('Max', i),
	},
	{
		name: 'Min',
		shapes: [
			[3, 4],
			[3, 4],
		],
		body: (g, i) => g.op('Min', i),
	},
	{ name: 'Sum of three', shapes: [[3, 4], [4], [3, 1]], body: (g, i) => g.op('Sum', i) },
	...(['Sigmoid', 'Tanh', 'Softplus', 'Exp', 'Neg', 'Identity'] as const).map(
		(op): GradientCase => ({ name: op, shapes: [[3, 4]], body: (g, i) => g.op(op, i) }),
	),
	...(['Relu', 'LeakyRelu', 'Abs', 'Log', 'Sqrt', 'Reciprocal'] as const).map(
		(op): GradientCase => ({
			name: `${op} of positive values`,
			shapes: [[3, 4]],
			positive: true,
			body: (g, i) => g.op(op, i),
		}),
	),
	...(['Relu', 'LeakyRelu', 'Abs'] as const).map(
		(op): GradientCase => ({
			name: `${op} of both signs`,
			shapes: [[3, 4]],
			distinct: true,
			body: (g, i) => g.op(op, i),
		}),
	),
	...(['Erf', 'HardSwish', 'Mish', 'Gelu', 'Elu'] as const).map(
		(op): GradientCase => ({ name: op, shapes: [[3, 4]], distinct: true, body: (g, i) => g.op(op, i) }),
	),
	{
		name: 'Gelu by tanh',
		shapes: [[3, 4]],
		body: (g, i) => g.op('Gelu', i, { approximate: 'tanh' }),
	},
	{ name: 'PRelu', shapes: [image, [3, 1, 1]], distinct: true, body: (g, i) => g.op('PRelu', i) },
	{
		name: 'LayerNormalization over the last axis',
		shapes: [[2, 4, 5], [5], [5]],
		body: (g, i) => g.op('LayerNormalization', i, { axis: -1, epsilon: float(1e-6) }),
	},
	{
		name: 'LayerNormalization over two axes',
		shapes: [
			[3, 4, 2],
			[4, 2],
		],
		body: (g, i) => g.op('LayerNormalization', i, { axis: 1 }),
	},
	{
		name: 'InstanceNormalization',
		shapes: [image, [3], [3]],
		body: (g, i) => g.op('InstanceNormalization', i, { epsilon: float(1e-5) }),
	},
	{
		name: 'BatchNormalization that does not train',
		shapes: [image, [3], [3]],
		body: (g, i) =>
			g.op('BatchNormalization', [
				...i,
				g.constant(float32([3], [0.3, -0.2, 1])),
				g.constant(float32([3], [0.5, 2, 1])),
			]),
	},
	{ name: 'HardSigmoid', shapes: [[3, 4]], body: (g, i) => g.op('HardSigmoid', i) },
	{ name: 'a value used twice', shapes: [[3, 4]], body: (g, [x]) => g.mul(g.sigmoid(x), g.add(x, x)) },
];

/** Inputs of one case. */
/** Cases whose gradient is by intention another than that of the function: differences cannot check it, another engine can. */
export const straightThroughCases: readonly GradientCase[] = [
	{ name: 'FakeQuantize', shapes: [image], body: fakeQuantize([0.01], [100]) },
	{ name: 'FakeQuantize behind ReLU', shapes: [image], body: (g, [x]) => fakeQuantize([0.005], [0])(g, [g.relu(x)]) },
	{
		name: 'FakeQuantize with a scale per channel',
		shapes: [image],
		body: fakeQuantize([0.01, 0.02, 0.005], [3, 200, 128]),
	},
	{
		name: 'FakeQuantize to 4 bits per channel',
		shapes: [image],
		body: fakeQuantize([0.1, 0.2, 0.3], [0, 0, 0], { qmin: -7, qmax: 7 }),
	},
	{
		name: 'FakeQuantizeWeights',
		shapes: [image, [4, 3, 3, 3]],
		body: (g, [x, w]) => g.op('Conv', [x, g.op('FakeQuantizeWeights', [w], { qmax: 7 }, { domain: 'andon' })]),
	},
	{
		name: 'FakeQuantizeWeights with a bias too large for the scale',
		shapes: [image, [4, 3, 3, 3], [4]],
		body: (g, [x, w, b]) => {
			const attributes = { input_scale: float(1e-8) };
			return g.op('Conv', [x, ...g.ops('FakeQuantizeWeights', [w, b], attributes, { domain: 'andon', outputs: 2 })]);
		},
	},
];

function fakeQuantize(
	scales: readonly number[],
	zeros: readonly number[],
	attributes: Readonly<Record<string, number>> = {},
): Body {
	const dims = scales.length === 1 ? [] : [scales.length];
	return (g, [x]) => {
		const inputs = [x, g.constant(float32(dims, scales)), g.constant(float32(dims, zeros))];
		return g.op('FakeQuantize', inputs, attributes, { domain: 'andon' });
	};
}

export function caseValues(random: Random, size: number, { positive, distinct }: GradientCase): Float32Array {
	if (distinct) {
		const order = random.shuffle(Array.from({ length: size }, (_, i) => i));
		return Float32Array.from(order, (i) => (i - size / 2 + 0.5) * 0.11);
	}
	return Float32Array.from({ length: size }, () => (positive ? random.between(0.5, 2) : random.normal()));
}
