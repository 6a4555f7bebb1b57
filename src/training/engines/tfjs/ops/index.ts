/** The table of operators that TF.js runs. */
import type { Kernel } from '../kernel.ts';
import { binaryKernels } from './binary.ts';
import { convolutionKernels } from './convolution.ts';
import { denseKernels } from './dense.ts';
import { fakeQuantizeKernels } from './fake-quantize.ts';
import { moveKernels } from './move.ts';
import { normalizationKernels } from './normalization.ts';
import { poolingKernels } from './pooling.ts';
import { reduceKernels } from './reduce.ts';
import { rescaleKernels } from './rescale.ts';
import { softmaxKernels } from './softmax.ts';
import { unaryKernels } from './unary.ts';

export const KERNELS: Readonly<Record<string, Kernel>> = {
	...unaryKernels,
	...binaryKernels,
	...reduceKernels,
	...moveKernels,
	...rescaleKernels,
	...denseKernels,
	...convolutionKernels,
	...poolingKernels,
	...normalizationKernels,
	...softmaxKernels,
	...fakeQuantizeKernels,
};
