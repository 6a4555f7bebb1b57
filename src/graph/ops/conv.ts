/** Convolution, NCHW. Its gradients are operators of their own, so that each memory layout can choose how to compute them. */
import { intOf } from '../attributes.ts';
import type { Node, Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { convInputGradient } from './conv-input-gradient.ts';
import { convWeightGradient } from './conv-weight-gradient.ts';
import { refuse } from './shapes.ts';
import { outputSize, type SlidingWindow, slidingWindow } from './window.ts';

export const Conv: Operator = {
	parameters: [1, 2],
	infer: (node, [x, weight]) => {
		if (!x?.shape || !weight?.shape) return [{ type: x?.type ?? 'float32', shape: undefined }];
		const [n, channels, ...spatial] = x.shape;
		const [filters, depth, ...kernel] = weight.shape as readonly number[];
		const group = intOf(node, 'group', 1);
		if (typeof channels === 'number' && channels !== depth * group)
			refuse(node, `${depth * group} input channels`, `${channels}`);
		const window = slidingWindow(node, kernel, spatial);
		return [{ type: x.type, shape: [n, filters, ...outputSize(node, window, spatial)] }];
	},
	gradient: (g, node, [dy], needed) => {
		const [x, weight] = node.inputs;
		const window = windowOf(node, g.value(x), g.value(weight));
		const group = intOf(node, 'group', 1);
		return [
			needed[0] ? convInputGradient(g, dy!, weight, { ...window, group }, g.shape(x).slice(2)) : undefined,
			needed[1] ? convWeightGradient(g, x, dy!, { ...window, group }) : undefined,
			needed[2] ? g.reduceSum(dy!, [0, 2, 3]) : undefined,
		];
	},
	macs: (_node, [, weight], [y]) => {
		const [filters, depth, ...kernel] = weight!.shape as readonly number[];
		const positions = (y.shape as readonly number[]).reduce((a, b) => a * b, 1) / filters;
		return positions * filters * depth * kernel.reduce((a, b) => a * b, 1);
	},
	window: (node, [x, weight]) => windowOf(node, x, weight),
};

function windowOf(node: Node, x: Value | undefined, weight: Value | undefined): SlidingWindow {
	return slidingWindow(node, (weight?.shape ?? [0, 0, 1, 1]).slice(2) as readonly number[], x?.shape?.slice(2));
}
