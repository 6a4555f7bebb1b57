/** A list of numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** `0.485,0.456,0.406`, or one number for all channels. */
export function numbersOption(text: string): readonly number[] {
	const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
	if (numbers.every(Number.isFinite)) return numbers;
	throw new InvalidArgumentError(`Expected numbers with commas between them, found "${text}".`);
}
