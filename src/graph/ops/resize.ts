/** Nearest-neighbour enlargement by whole factors, as decoders use it. */
import { stringOf } from '../attributes.ts';
import type { Node, Tensor } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { calculate, refuse, UNKNOWN } from './shapes.ts';

export const Resize: Operator = {
	infer: (node, [x], constant) => {
		if (!x?.shape) return [{ type: x?.type ?? 'float32', shape: undefined }];
		const sizes = node.inputs[3] ? constant(node.inputs[3]) : undefined;
		if (sizes) return [{ type: x.type, shape: Array.from(sizes.data, Number) }];
		const scales = scalesOf(node, constant);
		const shape = x.shape.map((d, axis) => (scales ? calculate([d], (n) => Math.floor(n * scales[axis])) : UNKNOWN));
		return [{ type: x.type, shape }];
	},
	/** Each source pixel was copied to a block: its gradient is the block's sum, an average pool times the block's size. */
	gradient: (g, node, [dy]) => {
		const scales = scalesOf(node, (name) => g.initializers.get(name));
		if (stringOf(node, 'mode', 'nearest') !== 'nearest' || !scales?.every((s) => Number.isInteger(s)))
			refuse(node, 'nearest enlargement by whole factors to be trained', 'another kind of resize');
		const block = scales.slice(2);
		const mean = g.op('AveragePool', [dy!], { kernel_shape: block, strides: block });
		return [g.mul(mean, g.scalar(block.reduce((a, b) => a * b, 1)))];
	},
};

function scalesOf(node: Node, constant: (name: string) => Tensor | undefined): readonly number[] | undefined {
	const scales = node.inputs[2] ? constant(node.inputs[2]) : undefined;
	return scales && Array.from(scales.data, Number);
}
