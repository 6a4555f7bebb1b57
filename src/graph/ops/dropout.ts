/** Dropout as finished networks carry it: the identity. Training replaces it by a mask before it differentiates. */
import type { Operator } from '../operator.ts';
import { like } from './shapes.ts';

export const Dropout: Operator = {
	infer: (node, [x]) => node.outputs.map((_, i) => ({ ...like(x), ...(i > 0 && { type: 'bool' as const }) })),
	gradient: (_g, _node, [dy]) => [dy],
};
