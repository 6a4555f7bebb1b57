/** A number on the command line. */
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError, which commander prints beside the option's name */
export function numberOption(text: string): number {
	const value = Number(text);
	if (text.trim() === '' || !Number.isFinite(value))
		throw new InvalidArgumentError(`Expected a number, found "${text}".`);
	return value;
}
