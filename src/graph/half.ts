/** float32 ↔ float16 (IEEE 754 binary16), where the runtime's own Float16Array cannot be relied on yet. */

/** The largest finite float16. */
export const LARGEST_HALF = 65_504;

/** float16 is kept as its bits, as everywhere in a graph. */
export interface Halves {
	readonly bits: Uint16Array;
	/** How many finite values were beyond ±65504 and are ±65504 now. */
	readonly saturated: number;
}

const INFINITY = 0x7c00;
const QUIET_NAN = 0x7e00;

/** The nearest float16 of each value, ties to even, subnormals included; NaN and infinity stay what they are. */
export function toHalves(values: ArrayLike<number>): Halves {
	const bits = new Uint16Array(values.length);
	let saturated = 0;
	for (let i = 0; i < values.length; i++) {
		const half = halfOf(values[i]);
		const overflows = (half & 0x7fff) === INFINITY && Number.isFinite(values[i]);
		if (overflows) saturated++;
		bits[i] = overflows ? half - 1 : half;
	}
	return { bits, saturated };
}

/** Exact: every float16 is a float32. */
export function fromHalves(bits: Uint16Array): Float32Array {
	return Float32Array.from(bits, numberOf);
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Of the float32 next to `value`: bit 31 is the sign, 30–23 the exponent + 127, 22–0 the fraction. */
function halfOf(value: number): number {
	scratch[0] = value;
	const float = scratchBits[0];
	const sign = (float >>> 16) & 0x8000;
	const exponent = ((float >>> 23) & 0xff) - 127;
	const fraction = float & 0x7fffff;
	if (exponent === 128) return sign | (fraction === 0 ? INFINITY : QUIET_NAN);
	if (exponent > 15) return sign | INFINITY;
	// A carry out of the fraction counts the exponent up by itself, up to infinity.
	if (exponent >= -14) return sign | (((exponent + 15) << 10) + shiftedToEven(fraction, 13));
	if (exponent < -25) return sign;
	return sign | shiftedToEven(fraction | 0x800000, -exponent - 1);
}

/** value / 2^bits, rounded to the nearest whole number, ties to even. */
function shiftedToEven(value: number, bits: number): number {
	const whole = value >>> bits;
	const rest = value & ((1 << bits) - 1);
	const half = 1 << (bits - 1);
	return rest > half || (rest === half && (whole & 1) === 1) ? whole + 1 : whole;
}

function numberOf(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >>> 10) & 0x1f;
	const fraction = bits & 0x3ff;
	if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
	if (exponent === 0) return sign * fraction * 2 ** -24;
	return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
