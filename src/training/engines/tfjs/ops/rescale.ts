/** Operators that trade channels for pixels, or repeat pixels. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { intOf, stringOf } from '../../../../graph/attributes.ts';
import type { Node } from '../../../../graph/graph.ts';
import { interpolation } from '../../../../graph/ops/resize.ts';
import { refuse } from '../../../../graph/ops/shapes.ts';
import { Arranged } from '../arranged.ts';
import { type Call, type Kernel, numbersOf } from '../kernel.ts';

export const rescaleKernels: Readonly<Record<string, Kernel>> = {
	/** Each axis through a matrix; repeated pixels are copied. TF.js's own kernels (4.22) have wrong gradients for batches. */
	Resize: (call) => {
		const { tf, node, inputs, shape } = call;
		const x = inputs[0]!.last;
		const [n, channels, height, width] = shape();
		const [, rows, columns] = x.shape;
		if (!repeats(node, height / rows, width / columns)) return interpolated(call);
		const taller = tf.tile(x.reshape([n * rows, 1, columns * channels]), [1, height / rows, 1]);
		const wider = tf.tile(taller.reshape([n * height * columns, 1, channels]), [1, width / columns, 1]);
		return Arranged.channelsLast(wider.reshape([n, height, width, channels]));
	},
	/** [N, h, w, (row, column, C)] → [N, (h, row), (w, column), C] */
	DepthToSpace: (call) => {
		const { block, tensor } = blocksOf(call);
		const [n, height, width, channels] = tensor.shape;
		const depth = channels / block ** 2;
		// Mode CRD has the channel before row and column.
		const outside = stringOf(call.node, 'mode', 'DCR') === 'CRD';
		const split = outside
			? tensor.reshape([n, height, width, depth, block, block]).transpose([0, 1, 4, 2, 5, 3])
			: tensor.reshape([n, height, width, block, block, depth]).transpose([0, 1, 3, 2, 4, 5]);
		return Arranged.channelsLast(split.reshape([n, height * block, width * block, depth]));
	},
	SpaceToDepth: (call) => {
		const { block, tensor } = blocksOf(call);
		const [n, height, width, channels] = tensor.shape;
		const [rows, columns] = [height / block, width / block];
		const split = tensor.reshape([n, rows, block, columns, block, channels]).transpose([0, 1, 3, 2, 4, 5]);
		return Arranged.channelsLast(split.reshape([n, rows, columns, block ** 2 * channels]));
	},
};

/** Whether every pixel is copied to a block and nothing else happens. */
function repeats(node: Node, ...factors: readonly number[]): boolean {
	return (
		factors.every(Number.isInteger) &&
		stringOf(node, 'mode', 'nearest') === 'nearest' &&
		stringOf(node, 'nearest_mode', 'round_prefer_floor') === 'floor' &&
		stringOf(node, 'coordinate_transformation_mode', 'half_pixel') === 'asymmetric'
	);
}

/** [N,H,W,C] → [N,H′,W′,C], the width first, each as the last axis of a product. */
function interpolated(call: Call): Arranged {
	const { tf, node, inputs, shape } = call;
	const x = inputs[0]!.last;
	const scales = numbersOf(call, 2) ?? [];
	const [n, channels, height, width] = shape();
	const along = (tensor: Tensor, axis: number, to: number) => {
		const from = tensor.shape.at(-1)!;
		const matrix = tf.tensor2d(interpolation(node, from, to, scales[axis] ?? to / from), [to, from]);
		const product = tf.matMul(tensor.reshape([-1, from]) as Tensor2D, matrix, false, true);
		return product.reshape([...tensor.shape.slice(0, -1), to]);
	};
	if (channels !== x.shape[3] || n !== x.shape[0])
		refuse(
			node,
			'images whose height and width alone change',
			`[${x.shape}] → [${x.shape[0]},${height},${width},${channels}]`,
		);
	const wide = along(x.transpose([0, 1, 3, 2]), 3, width);
	return Arranged.channelsLast(along(wide.transpose([0, 3, 2, 1]), 2, height).transpose([0, 3, 1, 2]));
}

function blocksOf({ inputs: [x], node }: Call): { readonly block: number; readonly tensor: Tensor } {
	return { block: intOf(node, 'blocksize', 1), tensor: x!.last };
}
