/**
 * Reads a severity rule, such as `defect if area > 2 mm² or any Crack`.
 *
 *     rule       = ( "ok" | "review" | "defect" ) "if" either
 *     either     = both { "or" both }
 *     both       = term { "and" term }
 *     term       = "(" either ")" | ( "any" | "no" ) ( CLASS | "defect" ) | "class" "is" [ "not" ] CLASS
 *                | ( "area" | "length" ) comparison amount | ( "peak" | "mean" | "score" ) comparison NUMBER
 *                | "count" [ "of" CLASS ] comparison NUMBER | "total" "area" [ "of" CLASS ] comparison amount
 *     amount     = NUMBER ( "px" | "px²" | "mm" | "mm²" )
 *     comparison = ">" | ">=" | "<" | "<=" | "=" | "!="
 *
 * Words of the language are read in any case; a class with another sign than letters, digits, `_` and `-` stands in quotes.
 */
import type { ClassName, Condition, Operator, Rule, RuleVerdict, Unit } from './rule.ts';
import { RuleError } from './rule-error.ts';
import { type Token, tokensOf } from './tokens.ts';

const VERDICTS: readonly string[] = ['ok', 'review', 'defect'];
const OPERATORS: readonly string[] = ['>', '>=', '<', '<=', '=', '!='];
const AREA_UNITS: Readonly<Record<string, Unit>> = { px: 'px', 'px²': 'px', px2: 'px', 'mm²': 'mm', mm2: 'mm' };
const LENGTH_UNITS: Readonly<Record<string, Unit>> = { px: 'px', mm: 'mm' };
const TERMS = 'area, length, peak, mean, score, count, total area, class, any, no or a parenthesis';

/** @throws RuleError with what was expected, what was found, and where */
export function parseRule(text: string): Rule {
	return new RuleReader(text).rule();
}

/** @returns the value of an amount such as `0.5 mm²` or `12 px` @throws RuleError */
export function parseAmount(text: string, of: 'area' | 'length'): { readonly value: number; readonly unit: Unit } {
	return new RuleReader(text).amountAlone(of);
}

class RuleReader {
	readonly #text: string;
	readonly #tokens: readonly Token[];
	#next = 0;
	#verdict: RuleVerdict = 'defect';

	constructor(text: string) {
		this.#text = text;
		this.#tokens = tokensOf(text);
	}

	rule(): Rule {
		if (!VERDICTS.some((verdict) => this.#isWord(verdict))) throw this.#unexpected('defect, review or ok');
		this.#verdict = this.#take().text.toLowerCase() as RuleVerdict;
		this.#word('if');
		const condition = this.#either();
		if (this.#token.kind !== 'end') throw this.#unexpected('and, or, or the end of the rule');
		return { text: this.#text.trim(), verdict: this.#verdict, condition };
	}

	amountAlone(of: 'area' | 'length') {
		const { value, unit } = this.#amount(of);
		if (this.#token.kind !== 'end') throw this.#unexpected('nothing more');
		return { value, unit };
	}

	#either(): Condition {
		return this.#combined('or', () => this.#combined('and', () => this.#term()));
	}

	#combined(kind: 'and' | 'or', read: () => Condition): Condition {
		const terms = [read()];
		while (this.#skip(kind)) terms.push(read());
		return terms.length === 1 ? terms[0] : { kind, terms };
	}

	#term(): Condition {
		const { position } = this.#token;
		if (this.#token.kind === 'sign' && this.#token.text === '(') return this.#inParentheses();
		for (const field of ['peak', 'mean'] as const)
			if (this.#skip(field)) return { kind: 'defect', field, ...this.#share(position) };
		for (const field of ['area', 'length'] as const)
			if (this.#skip(field)) return { kind: 'defect', field, operator: this.#operator(), ...this.#amount(field) };
		if (this.#skip('score')) return { kind: 'part', field: 'score', ...this.#share(position) };
		if (this.#skip('count')) return { kind: 'part', field: 'count', ...this.#of(), ...this.#count(position) };
		if (this.#skip('total')) return this.#totalArea();
		if (this.#skip('class')) return this.#class();
		if (this.#isWord('any')) return this.#any();
		if (this.#skip('no')) return { kind: 'part', field: 'count', ...this.#kind(), operator: '=', value: 0, position };
		throw this.#unexpected(TERMS);
	}

	#inParentheses(): Condition {
		this.#take();
		const inner = this.#either();
		if (this.#token.text !== ')') throw this.#unexpected('and, or, or a closing parenthesis');
		this.#take();
		return inner;
	}

	#totalArea(): Condition {
		this.#word('area');
		const of = this.#of();
		return { kind: 'part', field: 'total area', ...of, operator: this.#operator(), ...this.#amount('area') };
	}

	#class(): Condition {
		this.#word('is');
		const is = !this.#skip('not');
		return { kind: 'class', is, name: this.#className() };
	}

	#any(): Condition {
		const { position } = this.#token;
		if (this.#verdict === 'ok')
			throw this.#unexpected('what every defect must meet (class is …, area < …), since ok passes the whole part');
		this.#take();
		const { of } = this.#kind();
		if (of) return { kind: 'class', is: true, name: of };
		return { kind: 'part', field: 'count', operator: '>', value: 0, position };
	}

	/** A class, or defects of any class. */
	#kind(): { of?: ClassName } {
		return this.#skip('defect') || this.#skip('defects') ? {} : { of: this.#className() };
	}

	#of(): { of?: ClassName } {
		return this.#skip('of') ? { of: this.#className() } : {};
	}

	#className(): ClassName {
		const { kind, position } = this.#token;
		if (kind !== 'word' && kind !== 'name') throw this.#unexpected('the name of a class');
		return { text: this.#take().text, position };
	}

	#operator(): Operator {
		if (!OPERATORS.includes(this.#token.text)) throw this.#unexpected(`one of ${OPERATORS.join(' ')}`);
		return this.#take().text as Operator;
	}

	/** A number in [0,1]. */
	#share(position: number) {
		const operator = this.#operator();
		const at = this.#token;
		const value = this.#number();
		if (value > 1) throw this.#error(at, 'a number from 0 to 1');
		return { operator, value, position };
	}

	#count(position: number) {
		const operator = this.#operator();
		const at = this.#token;
		const value = this.#number();
		if (!Number.isInteger(value)) throw this.#error(at, 'a whole number');
		return { operator, value, position };
	}

	#amount(of: 'area' | 'length') {
		const value = this.#number();
		const units = of === 'area' ? AREA_UNITS : LENGTH_UNITS;
		const { kind, text, position } = this.#token;
		const unit = text.toLowerCase();
		if (kind !== 'word' || !Object.hasOwn(units, unit))
			throw this.#unexpected(of === 'area' ? 'a unit of area, px² or mm²' : 'a unit of length, px or mm');
		this.#take();
		return { value, unit: units[unit], position };
	}

	#number(): number {
		if (this.#token.kind !== 'number') throw this.#unexpected('a number');
		return Number(this.#take().text);
	}

	get #token(): Token {
		return this.#tokens[this.#next];
	}

	#take(): Token {
		return this.#tokens[this.#next++];
	}

	#isWord(word: string): boolean {
		return this.#token.kind === 'word' && this.#token.text.toLowerCase() === word;
	}

	#skip(word: string): boolean {
		if (!this.#isWord(word)) return false;
		this.#next++;
		return true;
	}

	#word(word: string): void {
		if (!this.#skip(word)) throw this.#unexpected(word);
	}

	#unexpected(expected: string): RuleError {
		return this.#error(this.#token, expected);
	}

	#error({ kind, text, position }: Token, expected: string): RuleError {
		const found = kind === 'end' ? 'the end' : `"${text}"`;
		return new RuleError({ text: this.#text, position, expected, found });
	}
}
