/** From what station.yaml says of a line to an open chip and an offset. */
import { readdir } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { type GpioLine, nameOfLine } from './gpio-line.ts';
import { loadLibgpiod, type RawChip } from './libgpiod.ts';

/** @throws LIBRARY_MISSING, GPIO_UNAVAILABLE */
export async function openLine({ chip, line }: Pick<GpioLine, 'chip' | 'line'>): Promise<[RawChip, number]> {
	const opened = await openChip(chip);
	const offset = opened.offsetOf(line);
	if (offset !== undefined) return [opened, offset];
	opened.close();
	throw new AndonError('GPIO_UNAVAILABLE', {
		expected: nameOfLine({ chip, line }),
		found: `no such line on ${opened.label}`,
		fix: '`gpioinfo` lists the lines of each chip with their names.',
	});
}

/** Its requests close it; a request that fails does not. */
export function closingOnFailure<T>(chip: RawChip, request: () => T): T {
	try {
		return request();
	} catch (error) {
		chip.close();
		throw error;
	}
}

async function openChip(name: string): Promise<RawChip> {
	const { open } = await loadLibgpiod();
	if (isAbsolute(name)) return open(name);
	if (/^gpiochip\d+$/.test(name)) return open(join('/dev', name));
	return openByLabel(name, open);
}

/** The numbers of chips change with the order in which drivers load; labels do not. */
async function openByLabel(label: string, open: (path: string) => RawChip): Promise<RawChip> {
	const labels: string[] = [];
	for (const file of (await readdir('/dev')).filter((file) => /^gpiochip\d+$/.test(file)).sort()) {
		const chip = open(join('/dev', file));
		if (chip.label === label) return chip;
		labels.push(`${chip.label} (${basename(file)})`);
		chip.close();
	}
	throw new AndonError('GPIO_UNAVAILABLE', {
		expected: `a GPIO chip with the label ${label}`,
		found: labels.length > 0 ? labels.join(', ') : 'no GPIO chip at all',
		fix: '`gpiodetect` lists the chips that are there. On some hosts the driver has to be loaded first.',
	});
}
