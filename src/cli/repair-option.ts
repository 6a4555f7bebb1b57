/** Which repairs of a quantization are tried, for all targets or for one. */
import { InvalidArgumentError, Option } from 'commander';
import { REPAIR_NAMES, type RepairName } from '../quantization/repair/names.ts';
import type { RepairSwitch } from '../quantization/search.ts';

type RepairSwitches = Readonly<Partial<Record<RepairName, RepairSwitch>>>;

/** Spelled out, so that `--help` need not load what makes them. */
const REPAIRED = ['cpu', 'tensorrt'] as const;

export interface RepairChoice {
	readonly repairs: RepairSwitches;
	/** What differs for single targets. */
	readonly repairsOf: Readonly<Partial<Record<(typeof REPAIRED)[number], RepairSwitches>>>;
}

export function repairOption(): Option {
	return new Option(
		'--repair <[target=]auto|none|name,…>',
		'what is tried beside ranges, and kept when it scores better; auto leaves slow ones out where the score is good enough: ' +
			`${REPAIR_NAMES.join(', ')}. For one target only: ${REPAIRED.map((target) => `${target}=…`).join(' or ')} ` +
			'(repeatable); float16 rounds nothing that could be repaired',
	)
		.argParser(addChoice)
		.default({ repairs: {}, repairsOf: {} } satisfies RepairChoice, 'auto');
}

function addChoice(text: string, { repairs, repairsOf }: RepairChoice): RepairChoice {
	const [first, ...rest] = text.split('=');
	if (rest.length === 0) return { repairs: switchesOf(first), repairsOf };
	const target = REPAIRED.find((name) => name === first.trim());
	if (target === undefined)
		throw new InvalidArgumentError(`Expected repairs of ${REPAIRED.join(' or ')}; found those of "${first}".`);
	return { repairs, repairsOf: { ...repairsOf, [target]: switchesOf(rest.join('=')) } };
}

function switchesOf(text: string): RepairSwitches {
	if (text === 'auto') return {};
	const wanted = text === 'none' ? [] : text.split(',').map((name) => name.trim());
	const unknown = wanted.find((name) => !REPAIR_NAMES.includes(name as RepairName));
	if (unknown !== undefined)
		throw new InvalidArgumentError(`Expected auto, none or some of ${REPAIR_NAMES.join(', ')}; found "${unknown}".`);
	return Object.fromEntries(REPAIR_NAMES.map((name) => [name, wanted.includes(name) ? 'on' : 'off']));
}
