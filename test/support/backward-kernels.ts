/** Operators of our own backward graphs in TF.js, which has no need of them, so that those graphs run in double precision too. */
import { floatOf, intOf, intsOf } from '../../src/graph/attributes.ts';
import { slidingWindow } from '../../src/graph/ops/window.ts';
import { Arranged } from '../../src/training/engines/tfjs/arranged.ts';
import type { Kernel } from '../../src/training/engines/tfjs/kernel.ts';
import { KERNELS } from '../../src/training/engines/tfjs/ops/index.ts';

/** Matrix product with either side transposed. */
const FusedMatMul: Kernel = ({ tf, node, inputs: [a, b] }) => {
	const transposed = (key: string) => intOf(node, key, 0) === 1;
	const product = tf.matMul(a!.plain, b!.plain, transposed('transA'), transposed('transB'));
	return Arranged.plain(tf.mul(product, floatOf(node, 'alpha', 1)));
};

/** Adds values to a vector at given places. */
const ScatterElements: Kernel = ({ tf, inputs: [x, indices, updates] }) => {
	const result = x!.plain.dataSync().slice();
	const places = indices!.plain.dataSync();
	for (const [i, value] of updates!.plain.dataSync().entries()) result[places[i]] += value;
	return Arranged.plain(tf.tensor(result, x!.plain.shape, 'float32'));
};

/** With the place of each maximum in the flat input [N·C·H·W], the first of equal ones. */
const MaxPool: Kernel = (call) => {
	const { tf, node, inputs } = call;
	if (node.outputs.length === 1) return KERNELS.MaxPool(call);
	const single = { ...node, outputs: node.outputs.slice(0, 1) };
	const pooled = [KERNELS.MaxPool({ ...call, node: single, shape: () => call.shape(1) })].flat()[0];
	const x = inputs[0]!.plain.dataSync();
	const [, , height, width] = inputs[0]!.plain.shape;
	const [, , outHeight, outWidth] = pooled.plain.shape;
	const { kernel, strides, begins } = slidingWindow(node, intsOf(node, 'kernel_shape', []), [height, width]);
	const places = Int32Array.from(pooled.plain.dataSync(), (largest, at) => {
		const plane = Math.floor(at / (outHeight * outWidth));
		const top = (Math.floor(at / outWidth) % outHeight) * strides[0] - begins[0];
		const left = (at % outWidth) * strides[1] - begins[1];
		for (let i = Math.max(0, top); i < Math.min(height, top + kernel[0]); i++)
			for (let j = Math.max(0, left); j < Math.min(width, left + kernel[1]); j++)
				if (x[(plane * height + i) * width + j] === largest) return (plane * height + i) * width + j;
		throw new TypeError(`no maximum in window ${at} of ${node.name}`);
	});
	return [pooled, Arranged.plain(tf.tensor(places, pooled.plain.shape, 'int32'))];
};

export const BACKWARD_KERNELS: Readonly<Record<string, Kernel>> = { ...KERNELS, FusedMatMul, ScatterElements, MaxPool };
