/** What normalisations do to whole channels: scale and shift them, and sum products over them. */
import type { GraphBuilder } from '../builder.ts';
import { sizeOf } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

/**
 * Inputs x [N,C,H,W], scale [C], and optionally shift [C] and addend [N,C,H,W]; output scale·x + shift + addend.
 * A depthwise 1×1 convolution does it in one pass, which ONNX Runtime fuses with the ReLU behind it.
 */
const ChannelAffine: Operator = {
	infer: sameAsFirst,
	lower: (g, node) => {
		const [x, scale, shift, addend] = node.inputs;
		const channels = g.shape(x)[1];
		const weight = g.reshape(scale, [channels, 1, 1, 1]);
		const y = g.op('Conv', shift ? [x, weight, shift] : [x, weight], { group: channels });
		return [addend ? g.add(y, addend) : y];
	},
};

/** Inputs a and b [N,C,H,W]; output Σ a·b over N, H, W [C], as dot products that write nothing in between. */
const ChannelDots: Operator = {
	infer: (_node, [a]) => [{ type: a?.type ?? 'float32', shape: a?.shape?.slice(1, 2) }],
	lower: (g, node) => {
		const [a, b] = node.inputs;
		const [n, c, ...spatial] = g.shape(a);
		const rows = [n * c, 1, sizeOf(spatial)];
		const dots = g.fusedMatMul(g.reshape(a, rows), g.reshape(b, rows), 0, 1);
		return [g.reduceSum(g.reshape(dots, [n, c]), [0])];
	},
};

export const channelOperators: Readonly<Record<string, Operator>> = { ChannelAffine, ChannelDots };

/** Emits scale[c]·x + shift[c] + addend. */
export function channelAffine(g: GraphBuilder, x: string, scale: string, shift = '', addend = ''): string {
	const inputs = [x, scale, shift, addend];
	while (inputs.at(-1) === '') inputs.pop();
	return g.op('ChannelAffine', inputs, {}, { domain: 'andon' });
}

/** Emits Σ a·b over N, H, W for each channel. */
export function channelDots(g: GraphBuilder, a: string, b: string): string {
	return g.op('ChannelDots', [a, b], {}, { domain: 'andon' });
}
