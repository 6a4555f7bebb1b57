/** Scales, zero points and rounding: the arithmetic of linear quantization, as ONNX Runtime's own tool does it. */

/** The values that must be representable. */
export interface Range {
	readonly min: number;
	readonly max: number;
}

/** x ≈ scale · (q − zeroPoint). The scale is a float32 value. */
export interface QuantizationParameters {
	readonly scale: number;
	readonly zeroPoint: number;
}

export const UINT8 = { min: 0, max: 255 } as const;
/** Symmetric: −128 stays unused. */
export const INT8 = { min: -127, max: 127 } as const;

const SMALLEST_NORMAL_FLOAT32 = 2 ** -126;

/** Asymmetric uint8 parameters for a range, which is widened to hold zero exactly. */
export function activationParameters({ min, max }: Range): QuantizationParameters {
	const low = Math.min(min, 0);
	const scale = (Math.max(max, 0) - low) / (UINT8.max - UINT8.min);
	if (!(scale >= SMALLEST_NORMAL_FLOAT32)) return { scale: 1, zeroPoint: 0 };
	return { scale: Math.fround(scale), zeroPoint: roundHalfEven(UINT8.min - low / scale) };
}

/** The symmetric int8 scale for weights of at most this absolute value. */
export function weightScale(largest: number): number {
	const scale = (2 * largest) / (INT8.max - INT8.min);
	return scale >= SMALLEST_NORMAL_FLOAT32 ? Math.fround(scale) : 1;
}

/** The nearest code, ties to even, clipped. The quotient is rounded to float32 first, as ONNX Runtime's kernel does. */
export function quantize(x: number, { scale, zeroPoint }: QuantizationParameters, codes: Range): number {
	const q = roundHalfEven(Math.fround(x / scale)) + zeroPoint;
	return Math.min(Math.max(q, codes.min), codes.max);
}

/** Rounds to the nearest integer, ties to even (`Math.round` sends ties up). Exact for |x| < 2⁵¹. */
export function roundHalfEven(x: number): number {
	// Adding 1.5·2⁵² leaves no bits for the fraction: the addition itself rounds, by IEEE 754's rule.
	return x + 6755399441055744 - 6755399441055744;
}
