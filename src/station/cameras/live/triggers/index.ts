/** The table of triggers: name → options and constructor. */
import { z } from 'zod';
import { CommandTrigger, commandTriggerOptions } from './command-trigger.ts';
import { FrameTrigger, frameTriggerOptions } from './frame-trigger.ts';
import { GpioTrigger, gpioTriggerOptions } from './gpio-trigger.ts';
import { IntervalTrigger, intervalTriggerOptions } from './interval-trigger.ts';
import { PartPresentTrigger, partPresentOptions } from './part-present-trigger.ts';
import type { Trigger, TriggerLine } from './trigger.ts';

export const triggerSchema = z.discriminatedUnion('on', [
	frameTriggerOptions,
	partPresentOptions,
	intervalTriggerOptions,
	commandTriggerOptions,
	gpioTriggerOptions,
]);

/** For cameras that give no picture by themselves: it has to be asked for, and may take its time. */
export const askedTriggerSchema = z
	.discriminatedUnion('on', [intervalTriggerOptions, commandTriggerOptions, gpioTriggerOptions])
	.default({ on: 'command', timeoutMs: 10_000 })
	.meta({ description: 'What asks for a part' });

export type TriggerOptions = z.infer<typeof triggerSchema>;

type Create<K extends TriggerOptions['on']> = (
	options: Extract<TriggerOptions, { on: K }>,
	line: TriggerLine,
) => Trigger;

const TRIGGERS: { readonly [K in TriggerOptions['on']]: Create<K> } = {
	frame: (_, line) => new FrameTrigger(line),
	'part-present': (options, line) => new PartPresentTrigger(options, line),
	interval: (options, line) => new IntervalTrigger(options, line),
	command: (options, line) => new CommandTrigger(options, line),
	gpio: (options, line) => new GpioTrigger(options, line),
};

export function createTrigger(options: TriggerOptions, line: TriggerLine): Trigger {
	return (TRIGGERS[options.on] as Create<typeof options.on>)(options as never, line);
}
