/** The model whose scores on this CPU are those of another processor: float16 is rounded as a GPU rounds it. */
import type { Precision } from '../bundle/manifest.ts';
import { decodeModel, encodeModel } from '../graph/codec/codec.ts';
import { emulateHalf } from '../graph/passes/emulate-half.ts';

/** @param bytes ONNX, as it is deployed */
export function modelToScore(precision: Precision, bytes: Uint8Array): Uint8Array {
	return precision === 'fp16' ? encodeModel(emulateHalf(decodeModel(bytes))) : bytes;
}
