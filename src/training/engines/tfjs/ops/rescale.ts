/** Operators that trade channels for pixels, or repeat pixels. */
import type { Tensor } from '@tensorflow/tfjs';
import { intOf, stringOf } from '../../../../graph/attributes.ts';
import { refuse } from '../../../../graph/ops/shapes.ts';
import { Arranged } from '../arranged.ts';
import type { Call, Kernel } from '../kernel.ts';

export const rescaleKernels: Readonly<Record<string, Kernel>> = {
	/** Nearest-neighbour enlargement by whole factors: TF.js's own kernel has a wrong gradient for batches of several (4.22). */
	Resize: ({ tf, node, inputs, shape }) => {
		const x = inputs[0]!.last;
		const [n, channels, height, width] = shape();
		const [, rows, columns] = x.shape;
		const isWhole = height % rows === 0 && width % columns === 0 && channels === x.shape[3];
		if (stringOf(node, 'mode', 'nearest') !== 'nearest' || !isWhole)
			refuse(node, 'nearest enlargement by whole factors to be trained', 'another kind of resize');
		const taller = tf.tile(x.reshape([n * rows, 1, columns * channels]), [1, height / rows, 1]);
		const wider = tf.tile(taller.reshape([n * height * columns, 1, channels]), [1, width / columns, 1]);
		return Arranged.channelsLast(wider.reshape([n, height, width, channels]));
	},
	/** [N, h, w, (row, column, C)] → [N, (h, row), (w, column), C] */
	DepthToSpace: (call) => {
		const { block, tensor } = blocksOf(call);
		const [n, height, width, channels] = tensor.shape;
		const depth = channels / block ** 2;
		const split = tensor.reshape([n, height, width, block, block, depth]).transpose([0, 1, 3, 2, 4, 5]);
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

function blocksOf({ node, inputs: [x] }: Call): { readonly block: number; readonly tensor: Tensor } {
	if (stringOf(node, 'mode', 'DCR') !== 'DCR') refuse(node, 'mode DCR to be trained', 'CRD');
	return { block: intOf(node, 'blocksize', 1), tensor: x!.last };
}
