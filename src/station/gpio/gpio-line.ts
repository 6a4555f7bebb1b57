/** How a GPIO line is named and wired in station.yaml: the same for outputs, triggers and encoders. */
import { z } from 'zod';

export const BIASES = ['as-is', 'disabled', 'pull-up', 'pull-down'] as const;

/** Keys of a line, to be spread into the options of whatever uses it. */
export const gpioLineKeys = {
	chip: z
		.string()
		.min(1)
		.meta({ description: 'gpiochip0, /dev/gpiochip0, or the label that gpiodetect prints: that one stays the same' }),
	line: z
		.union([z.int().min(0).max(65_535), z.string().min(1)])
		.meta({ description: 'Offset, or the name that gpioinfo prints, such as PQ.05' }),
	activeLow: z.boolean().default(false).meta({ description: 'On is the low level' }),
	bias: z.enum(BIASES).default('as-is').meta({ description: 'Resistor inside the chip, where it has one' }),
};

const lineSchema = z.strictObject(gpioLineKeys);

export type GpioLine = Readonly<z.infer<typeof lineSchema>>;

export const EDGES = ['rising', 'falling', 'both'] as const;

/** Of the logical level: with `activeLow`, `rising` is the fall of the wire. */
export type Edge = (typeof EDGES)[number];

/** For people: `gpiochip0 line 5`. */
export function nameOfLine({ chip, line }: Pick<GpioLine, 'chip' | 'line'>): string {
	return `${chip} line ${line}`;
}
