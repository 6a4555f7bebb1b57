/**
 * ONNX Runtime's own operators on its blocked layout, where channels lie in blocks: [N, C/b, H, W, b] in memory, while
 * the shape stays [N, C, H, W].
 */
import { intOf, intsOf } from '../attributes.ts';
import type { Operator } from '../operator.ts';
import { calculate, sameAsFirst } from './shapes.ts';

/** The domain of operators on blocked values; `Conv` and the pools have the rules of their namesakes. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

export const blockedOperators: Readonly<Record<string, Operator>> = {
	ReorderInput: { infer: sameAsFirst },
	Upsample: {
		infer: (node, [x]) => {
			const scales = intsOf(node, 'scales', []);
			return [{ type: x?.type ?? 'float32', shape: x?.shape?.map((d, i) => calculate([d], (n) => n * scales[i])) }];
		},
	},
	ReorderOutput: {
		infer: (node, [x]) => {
			const [n, , ...spatial] = x?.shape ?? [];
			const channels = intOf(node, 'channels', 0);
			const shape = intOf(node, 'channels_last', 0) === 1 ? [n, ...spatial, channels] : [n, channels, ...spatial];
			return [{ type: x?.type ?? 'float32', shape: x?.shape && shape }];
		},
	},
};
