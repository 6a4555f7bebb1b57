/**
 * TF.js in float64, as the judge where float32 itself is the limit: the kernels of its plain backend are JavaScript that
 * allocates `Float32Array`, so doubles under that name make all of it double.
 */
import type { Tf } from '../../src/training/engines/tfjs/kernel.ts';

/** Runs `body`, which must use the plain backend, with doubles in place of single floats; nothing else may run meanwhile. */
export async function inDouble<T>(tf: Tf, body: () => Promise<T>): Promise<T> {
	const single = globalThis.Float32Array;
	const { platform } = tf.env();
	const { isTypedArray } = platform;
	platform.isTypedArray = (value): value is Float32Array =>
		value instanceof Float64Array || isTypedArray.call(platform, value);
	globalThis.Float32Array = Float64Array as unknown as typeof Float32Array;
	try {
		return await body();
	} finally {
		globalThis.Float32Array = single;
		platform.isTypedArray = isTypedArray;
	}
}
