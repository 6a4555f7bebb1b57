/** The table of operators that can work on blocks of channels. */
import type { Node } from '../../graph.ts';
import type { BlockedWriter } from './blocked-writer.ts';
import { channelAffine, channelDots, channelMeans } from './channels.ts';
import { convolution, convolutionInputGradient } from './convolution.ts';
import { joined, pooled, renamed, repeated, samePlace, sliced } from './places.ts';
import { transposedConvolution } from './transposed-convolution.ts';
import { convolutionWeightGradient } from './weight-gradient.ts';

/** Writes a node on blocks; false when it has to stay as it is, and then nothing was written for it. */
export type BlockedRule = (writer: BlockedWriter, node: Node) => boolean;

export const BLOCKED_RULES: Readonly<Record<string, BlockedRule>> = {
	Conv: convolution,
	ConvInputGradient: convolutionInputGradient,
	ConvWeightGradient: convolutionWeightGradient,
	ConvTranspose: transposedConvolution,
	ChannelAffine: channelAffine,
	ChannelDots: channelDots,
	ReduceSum: channelMeans,
	ReduceMean: channelMeans,
	MaxPool: pooled,
	AveragePool: pooled,
	Resize: repeated,
	Concat: joined,
	Slice: sliced,
	Identity: renamed,
	...Object.fromEntries(
		['Relu', 'LeakyRelu', 'HardSigmoid', 'Sigmoid', 'Tanh', 'Clip', 'Neg', 'Abs', 'Sign', 'FakeQuantize'].map((op) => [
			op,
			samePlace,
		]),
	),
	...Object.fromEntries(
		['Add', 'Sub', 'Mul', 'Div', 'Sum', 'Max', 'Min', 'Greater', 'Less', 'Cast'].map((op) => [op, samePlace]),
	),
};
