/** The words, numbers and signs of a rule, each with its place. */
import { RuleError } from './rule-error.ts';

export interface Token {
	readonly kind: 'word' | 'name' | 'number' | 'sign' | 'end';
	/** Signs in one spelling; a name without its quotes. */
	readonly text: string;
	/** In the rule, counted from 0. */
	readonly position: number;
}

const SPELLINGS: Readonly<Record<string, string>> = { '≥': '>=', '≤': '<=', '≠': '!=', '==': '=' };

/** In the order in which they are tried. */
const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
	['number', /[0-9]+(?:\.[0-9]+)?(?![0-9.,])/y],
	['word', /[\p{L}_][\p{L}\p{M}\p{N}_-]*/uy],
	['name', /"[^"]+"|'[^']+'/y],
	['sign', /[<>!=]=|[<>=≥≤≠()]/y],
];

/** @returns the tokens, an `end` last @throws RuleError at a character that no rule has */
export function tokensOf(text: string): Token[] {
	const tokens: Token[] = [];
	let position = 0;
	for (;;) {
		position = matchAt(/\s*/y, text, position)!.length + position;
		if (position >= text.length) return [...tokens, { kind: 'end', text: '', position }];
		const token = tokenAt(text, position);
		tokens.push(token.token);
		position += token.length;
	}
}

function tokenAt(text: string, position: number): { token: Token; length: number } {
	for (const [kind, pattern] of PATTERNS) {
		const found = matchAt(pattern, text, position);
		if (found === undefined) continue;
		const plain = kind === 'name' ? found.slice(1, -1) : (SPELLINGS[found] ?? found);
		return { token: { kind, text: plain, position }, length: found.length };
	}
	const [found] = text.slice(position).match(/^[0-9.,]+|^./su)!;
	const expected = /^[0-9.,]/.test(found)
		? 'a number such as 2 or 0.5, with a point'
		: 'a word, a number, a comparison or a parenthesis';
	throw new RuleError({ text, position, expected, found: `"${found}"` });
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
	pattern.lastIndex = position;
	return pattern.exec(text)?.[0];
}
