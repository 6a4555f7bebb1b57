/** What is wrong with a rule, and where in it. */

export interface RuleMistake {
	readonly text: string;
	/** Counted from 0. */
	readonly position: number;
	readonly expected: string;
	readonly found: string;
}

export class RuleError extends Error {
	override readonly name = 'RuleError';
	readonly position: number;
	readonly expected: string;
	readonly found: string;

	constructor({ text, position, expected, found }: RuleMistake) {
		const before = text.slice(0, position);
		super(`expected ${expected}, found ${found} at character ${position + 1}: ${before}▸${text.slice(position)}`);
		this.position = position;
		this.expected = expected;
		this.found = found;
	}
}
