/** The table of operators. */
import type { Graph, Node } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { activationOperators } from './activations.ts';
import { BatchNormalization, BatchNormalizationTraining } from './batch-normalization.ts';
import { binaryOperators } from './binary.ts';
import { BLOCKED_DOMAIN, blockedOperators } from './blocked.ts';
import { channelOperators } from './channels.ts';
import { Clip } from './clip.ts';
import { Conv } from './conv.ts';
import { ConvInputGradient } from './conv-input-gradient.ts';
import { ConvTranspose } from './conv-transpose.ts';
import { ConvWeightGradient } from './conv-weight-gradient.ts';
import { denseOperators } from './dense.ts';
import { Dropout } from './dropout.ts';
import { fakeQuantizeOperators } from './fake-quantize.ts';
import { Gather } from './gather.ts';
import { indexingOperators } from './indexing.ts';
import { integerProductOperators } from './integer-products.ts';
import { normalizationOperators } from './normalization.ts';
import { poolingOperators } from './pooling.ts';
import { quantizeOperators } from './quantize.ts';
import { reduceOperators } from './reduce.ts';
import { Resize } from './resize.ts';
import { sameShapeOperators } from './same-shape.ts';
import { shapeOperators } from './shape-ops.ts';
import { LogSoftmax, Softmax } from './softmax.ts';
import { unaryOperators } from './unary.ts';

export const OPERATORS: Readonly<Record<string, Operator>> = {
	...unaryOperators,
	...activationOperators,
	...binaryOperators,
	...reduceOperators,
	...shapeOperators,
	...denseOperators,
	...normalizationOperators,
	...poolingOperators,
	...quantizeOperators,
	...fakeQuantizeOperators,
	...channelOperators,
	...blockedOperators,
	...indexingOperators,
	...integerProductOperators,
	...sameShapeOperators,
	BatchNormalization,
	BatchNormalizationTraining,
	Clip,
	Conv,
	ConvInputGradient,
	ConvTranspose,
	ConvWeightGradient,
	Dropout,
	Gather,
	LogSoftmax,
	Resize,
	Softmax,
};

/** The domains whose operators the table describes: ONNX's own, ours, and ONNX Runtime's contributed ones. */
const DOMAINS = new Set(['', 'andon', 'com.microsoft', BLOCKED_DOMAIN]);

/** The rules of a node's operator, undefined when there are none. */
export function findOperator(node: Node): Operator | undefined {
	return DOMAINS.has(node.domain) && Object.hasOwn(OPERATORS, node.op) ? OPERATORS[node.op] : undefined;
}

/** Names of the constants that a node learns, by its operator's rule; single numbers of rank 0 are never learnt. */
export function learntConstants(node: Node, initializers: Graph['initializers']): readonly string[] {
	return (findOperator(node)?.parameters ?? []).flatMap((index) => {
		const tensor = initializers.get(node.inputs[index] ?? '');
		return tensor && tensor.dims.length > 0 ? [node.inputs[index]] : [];
	});
}
