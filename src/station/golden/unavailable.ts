/** The error of golden parts that cannot be inspected as asked. */
import { AndonError } from '../../base/errors.ts';

export function unavailable(expected: string, found: string, fix: string): AndonError {
	return new AndonError('GOLDEN_UNAVAILABLE', { expected, found, fix });
}
