/** A locally connected layer: a convolution with filters of its own at every position, from standard operators. */
import { float32 } from '../graph/graph.ts';
import { INITIALIZERS } from './initializers.ts';
import { channelsOf, type LayerContext, sizeOfMap } from './layers.ts';

/**
 * 3×3, no padding, with a bias at every position: [N, C, h, w] → [N, filters, h−2, w−2], as one product of matrices per
 * position, [N, C·9] × [C·9, filters].
 */
export function locallyConnected(context: LayerContext, x: string, name: string, filters: number): string {
	const { g } = context;
	const [height, width] = sizeOfMap(context, x).map((size) => size - 2);
	const positions = height * width;
	const inputs = 9 * channelsOf(context, x);
	return g.within(name, () => {
		const shifted = Array.from({ length: 9 }, (_, tap) => {
			const [row, column] = [Math.floor(tap / 3), tap % 3];
			return g.slice(x, [2, 3], [row, column], [row + height, column + width]);
		});
		const patches = g.transpose(g.reshape(g.concat(shifted, 1), [0, inputs, positions]), [2, 0, 1]);
		const bias = float32([positions, 1, filters], new Float32Array(positions * filters));
		const product = g.matMul(patches, positionWeights(context, positions, inputs, filters));
		const y = g.add(product, g.constant(bias, g.scoped('bias')));
		return g.reshape(g.transpose(y, [1, 2, 0]), [0, filters, height, width]);
	});
}

/** [positions, inputs, filters], each position's drawn as one layer's. */
function positionWeights(context: LayerContext, positions: number, inputs: number, filters: number): string {
	const data = new Float32Array(positions * inputs * filters);
	const shape = { rows: filters, columns: inputs, fanIn: inputs, fanOut: 9 * filters };
	const draw = INITIALIZERS[context.initializer];
	for (let p = 0; p < positions && context.initializer !== 'zeros'; p++) {
		const drawn = draw(context.random, shape);
		for (let f = 0, from = 0; f < filters; f++)
			for (let i = 0; i < inputs; i++, from++) data[(p * inputs + i) * filters + f] = drawn[from];
	}
	return context.g.constant(float32([positions, inputs, filters], data), context.g.scoped('weight'));
}
