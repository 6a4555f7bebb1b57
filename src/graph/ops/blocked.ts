/**
 * ONNX Runtime's own operators that move values between NCHW and its blocked layout, where channels lie in blocks:
 * [N, C/b, H, W, b] in memory, while the shape stays [N, C, H, W].
 */
import { intOf } from '../attributes.ts';
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

/** The domain of operators on blocked values; `Conv` and the pools have the rules of their namesakes. */
export const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

export const blockedOperators: Readonly<Record<string, Operator>> = {
	ReorderInput: { infer: sameAsFirst },
	ReorderOutput: {
		infer: (node, [x]) => {
			const [n, , ...spatial] = x?.shape ?? [];
			const channels = intOf(node, 'channels', 0);
			const shape = intOf(node, 'channels_last', 0) === 1 ? [n, ...spatial, channels] : [n, channels, ...spatial];
			return [{ type: x?.type ?? 'float32', shape: x?.shape && shape }];
		},
	},
};
