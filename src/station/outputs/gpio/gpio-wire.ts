/** An output on a GPIO line. */
import { z } from 'zod';
import { type GpioLine, gpioLineKeys, nameOfLine } from '../../gpio/gpio-line.ts';
import { openOutput } from '../../gpio/open-output.ts';
import type { OpenWire, Wire } from '../output.ts';

export const gpioOutputOptions = z.strictObject(gpioLineKeys);

export class GpioWire implements Wire {
	readonly name: string;
	readonly #line: GpioLine;

	constructor(line: GpioLine) {
		this.name = `GPIO ${nameOfLine(line)}`;
		this.#line = line;
	}

	async open(initial: boolean): Promise<OpenWire> {
		const { chip, line, activeLow, bias } = this.#line;
		const output = await openOutput(chip, line, { activeLow, bias, initial });
		return { set: async (on) => output.set(on), close: () => output.close() };
	}
}
