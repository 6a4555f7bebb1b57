/** Which repairs of a quantization are tried. */
import { InvalidArgumentError, Option } from 'commander';
import { REPAIR_NAMES, type RepairName } from '../quantization/repair/names.ts';
import type { RepairSwitch } from '../quantization/search.ts';

export type RepairSwitches = Readonly<Partial<Record<RepairName, RepairSwitch>>>;

export function repairOption(): Option {
	return new Option(
		'--repair <auto|none|name,…>',
		`what is tried beside ranges, and kept when it scores better; auto leaves slow ones out where the score is good enough: ${REPAIR_NAMES.join(', ')}`,
	)
		.argParser(parseRepairs)
		.default({}, 'auto');
}

function parseRepairs(text: string): RepairSwitches {
	if (text === 'auto') return {};
	const wanted = text === 'none' ? [] : text.split(',').map((name) => name.trim());
	const unknown = wanted.find((name) => !REPAIR_NAMES.includes(name as RepairName));
	if (unknown !== undefined)
		throw new InvalidArgumentError(`Expected auto, none or some of ${REPAIR_NAMES.join(', ')}; found "${unknown}".`);
	return Object.fromEntries(REPAIR_NAMES.map((name) => [name, wanted.includes(name) ? 'on' : 'off']));
}
