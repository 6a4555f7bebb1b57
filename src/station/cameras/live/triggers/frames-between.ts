/** How many frames a camera has numbered between two that arrived. */

/** GigE Vision 1 counts 1 … 65535 and then 1 again (block id, 16 bits; 0 is not used). */
const WRAP = 65_535;
/** Beyond this a smaller number is a counter that began anew. */
const NEAR_WRAP = 1000;

export function framesBetween(last: number, next: number): number {
	if (next > last) return next - last - 1;
	const wrapped = last <= WRAP && last > WRAP - NEAR_WRAP && next >= 1 && next < NEAR_WRAP;
	return wrapped ? WRAP - last + next - 1 : 0;
}
