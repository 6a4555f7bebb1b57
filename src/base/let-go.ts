/** Large arrays whose end is known: their memory is free at once, not when garbage is collected next. */

/** The array is empty from then on. Of one that shares its buffer nothing happens. */
export function letGo({ buffer, byteLength }: ArrayBufferView): void {
	if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
