/** Softmax along any axis; TF.js knows only the last one. */
import type { Tensor } from '@tensorflow/tfjs';
import { intOf } from '../../../../graph/attributes.ts';
import { positiveAxis } from '../../../../graph/ops/shapes.ts';
import { Arranged } from '../arranged.ts';
import type { Kernel, Tf } from '../kernel.ts';

function along(apply: (tf: Tf, x: Tensor) => Tensor): Kernel {
	return ({ tf, node, inputs: [x] }) => {
		const rank = x!.rank;
		const axis = positiveAxis(intOf(node, 'axis', -1), rank);
		if (rank === 4 && axis === 1) return Arranged.channelsLast(apply(tf, x!.last));
		if (axis === rank - 1) return Arranged.plain(apply(tf, x!.plain));
		const swap = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
		return Arranged.plain(apply(tf, x!.plain.transpose(swap)).transpose(swap));
	};
}

export const softmaxKernels: Readonly<Record<string, Kernel>> = {
	Softmax: along((tf, x) => tf.softmax(x)),
	LogSoftmax: along((tf, x) => tf.logSoftmax(x)),
};
