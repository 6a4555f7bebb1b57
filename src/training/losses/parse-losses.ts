/** Losses as they are written on a command line: `bce+0.5*dice(over=batch)`. */
import { parse } from 'yaml';
import { AndonError, messageOf } from '../../base/errors.ts';
import { LOSSES, type LossName } from './index.ts';

export interface WrittenLoss {
	readonly name: LossName;
	readonly weight: number;
	readonly options: Readonly<Record<string, unknown>>;
}

/** `[weight*]name[(option=value, …)]`, the values in YAML. */
const TERM = /^(?:([0-9.e-]+)\s*\*\s*)?([a-z-]+)(?:\((.*)\))?$/;

/** Splits at the commas that are not inside brackets. */
export function splitLosses(text: string): string[] {
	return splitOutside(text, ',');
}

/** The terms of one weighted sum. @throws USAGE naming the term that cannot be read */
export function parseLosses(text: string): WrittenLoss[] {
	return splitOutside(text, '+').map((term) => {
		const [, weight = '1', name, options] = TERM.exec(term) ?? [];
		if (!name || !Object.hasOwn(LOSSES, name) || !(Number(weight) > 0)) throw unreadable(term);
		return { name: name as LossName, weight: Number(weight), options: options ? parseOptions(options, term) : {} };
	});
}

function parseOptions(text: string, term: string): Record<string, unknown> {
	const pairs = splitOutside(text, ',').map((pair) => {
		const at = pair.indexOf('=');
		if (at < 1) throw unreadable(term);
		try {
			return [pair.slice(0, at).trim(), parse(pair.slice(at + 1))] as const;
		} catch (cause) {
			throw unreadable(`${term} (${messageOf(cause)})`);
		}
	});
	return Object.fromEntries(pairs);
}

function splitOutside(text: string, separator: string): string[] {
	const parts = [''];
	let depth = 0;
	for (const character of text) {
		if ('(['.includes(character)) depth++;
		if (')]'.includes(character)) depth--;
		if (character === separator && depth === 0) parts.push('');
		else parts[parts.length - 1] += character;
	}
	return parts.map((part) => part.trim());
}

function unreadable(term: string): AndonError {
	return new AndonError('USAGE', {
		expected: `losses such as bce+0.5*dice(over=batch), of ${Object.keys(LOSSES).join(', ')}`,
		found: `"${term}"`,
		fix: 'Write weight*name(option=value) for each term and + between terms.',
	});
}
