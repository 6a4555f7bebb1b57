/** The lowest threshold that a score does not reach. */

/** The smallest number above a finite, non-negative one. */
export function nextUp(value: number): number {
	const bits = new BigUint64Array(new Float64Array([value]).buffer);
	bits[0]++;
	return new Float64Array(bits.buffer)[0];
}
