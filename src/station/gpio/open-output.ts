/** A GPIO line that we drive. */
import type { GpioLine } from './gpio-line.ts';
import { closingOnFailure, openLine } from './open-line.ts';

export interface OutputOptions extends Partial<Pick<GpioLine, 'activeLow' | 'bias'>> {
	/** The logical level from the moment the line is taken; off if absent. */
	readonly initial?: boolean;
}

export interface GpioOutput {
	/** Sets the logical level: with `activeLow`, on is the low one. @throws GPIO_UNAVAILABLE */
	set(on: boolean): void;
	/** Gives the line back; what it does then is up to the driver and the wiring. Safe twice. */
	close(): void;
}

/**
 * Takes a line as an output.
 *
 * @param chip `gpiochip0`, a path, or the chip's label
 * @param line offset or name
 * @throws LIBRARY_MISSING, GPIO_UNAVAILABLE
 */
export async function openOutput(
	chip: string,
	line: number | string,
	{ activeLow = false, bias = 'as-is', initial = false }: OutputOptions = {},
): Promise<GpioOutput> {
	const [opened, offset] = await openLine({ chip, line });
	const output = closingOnFailure(opened, () => opened.requestOutput(offset, { activeLow, bias }, initial));
	let open = true;
	return {
		set: (on) => {
			if (!open) throw new TypeError('the line was given back');
			output.set(on);
		},
		close: () => {
			if (open) output.close();
			open = false;
		},
	};
}
