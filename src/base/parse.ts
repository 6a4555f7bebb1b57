/** Unknown data becomes typed data here: one schema, one readable error. */
import { z } from 'zod';
import type { ErrorCode } from './error-codes.ts';
import { AndonError } from './errors.ts';

/**
 * Validates `value` against `schema`.
 *
 * @param what what is being read, for the message, such as `station.yaml`
 * @throws AndonError with `code`, naming every path that is wrong
 */
export function parseWith<T>(
	schema: z.ZodType<T>,
	value: unknown,
	what: string,
	code: ErrorCode = 'CONFIG_INVALID',
): T {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	const lines = result.error.issues.map((issue) => `${issue.path.join('.') || '(top level)'}: ${issue.message}`);
	throw new AndonError(code, {
		expected: `${what} that matches its schema`,
		found: lines.join('; '),
		fix: `Correct ${lines.length === 1 ? 'that entry' : 'those entries'} and try again.`,
	});
}

/** The names of a table, as an enumeration. */
export function namesOf<T extends string>(table: Readonly<Record<T, unknown>>) {
	return z.enum(Object.keys(table) as [T, ...T[]]);
}
