/** Linear quantization nodes, so that shapes flow through quantized graphs. */
import type { Operator } from '../operator.ts';

export const quantizeOperators: Readonly<Record<string, Operator>> = {
	QuantizeLinear: { infer: (_node, [x, , zero]) => [{ type: zero?.type ?? 'uint8', shape: x?.shape }] },
	DequantizeLinear: { infer: (_node, [x]) => [{ type: 'float32', shape: x?.shape }] },
};
