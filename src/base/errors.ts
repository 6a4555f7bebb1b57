/** The one error type that users see: what was expected, what was found, and what to do. */
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

export interface ErrorFacts {
	/** What was wanted, in the user's words. */
	readonly expected: string;
	/** What was there instead; name files, keys and values. */
	readonly found: string;
	/** The next thing to do. */
	readonly fix: string;
}

/**
 * An error a user can act on. Programming mistakes stay `TypeError`.
 *
 * @param code a key of the registry in `error-codes.ts`
 * @param facts what was expected, what was found and what to do
 */
export class AndonError extends Error {
	override readonly name = 'AndonError';
	readonly code: ErrorCode;
	readonly facts: ErrorFacts;

	constructor(code: ErrorCode, facts: ErrorFacts, options?: { cause?: unknown }) {
		super(`${ERROR_CODES[code]}: expected ${facts.expected}, found ${facts.found}. ${facts.fix}`, options);
		this.code = code;
		this.facts = facts;
	}

	toJSON() {
		return { code: this.code, message: this.message, ...this.facts };
	}
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
