/** 64-bit integers of a file as ordinary numbers, where that is exact. */
import { AndonError } from '../../base/errors.ts';
import type { Int64Bits } from './onnx-schema.ts';

/** @throws MODEL_UNSUPPORTED when the value is not exact as a JavaScript number */
export function integerOf(value: Int64Bits | number, what: string): number {
	const number = typeof value === 'number' ? value : value.toNumber();
	if (Number.isSafeInteger(number)) return number;
	throw new AndonError('MODEL_UNSUPPORTED', {
		expected: `${what} within ±(2⁵³−1)`,
		found: String(value),
		fix: 'Export the model again with smaller integers.',
	});
}
