/** Matrix products. */
import type { Tensor } from '@tensorflow/tfjs';
import { floatOf, intOf } from '../../../../graph/attributes.ts';
import { Arranged } from '../arranged.ts';
import type { Kernel, Tf } from '../kernel.ts';

export const denseKernels: Readonly<Record<string, Kernel>> = {
	MatMul: ({ tf, inputs: [a, b] }) => Arranged.plain(product(tf, a!.plain, b!.plain)),
	Gemm: ({ tf, node, inputs: [a, b, c] }) => {
		const transposed = (key: string) => intOf(node, key, 0) === 1;
		const scaled = (x: Tensor, key: string) => (floatOf(node, key, 1) === 1 ? x : tf.mul(x, floatOf(node, key, 1)));
		const y = tf.matMul(a!.plain, b!.plain, transposed('transA'), transposed('transB'));
		return Arranged.plain(c ? tf.add(scaled(y, 'alpha'), scaled(c.plain, 'beta')) : scaled(y, 'alpha'));
	},
};

/** TF.js forgets to sum the gradient over batches that it broadcast: they are made equal first. */
function product(tf: Tf, a: Tensor, b: Tensor): Tensor {
	const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
	if (batchA.join() === batchB.join()) return tf.matMul(a, b);
	const batch = tf.broadcast_util?.assertAndGetBroadcastShape(batchA, batchB);
	const wide = (x: Tensor) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
	return tf.matMul(wide(a), wide(b));
}
