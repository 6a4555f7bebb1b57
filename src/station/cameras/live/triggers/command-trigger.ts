/** A part is what somebody asks for: over MQTT, HTTP or on the page. */
import { z } from 'zod';
import { AwaitingTrigger } from './awaiting-trigger.ts';
import type { Asked, TriggerLine } from './trigger.ts';
import { timeoutMs } from './trigger-options.ts';

export const commandTriggerOptions = z.strictObject({ on: z.literal('command'), timeoutMs });

export class CommandTrigger extends AwaitingTrigger {
	constructor({ timeoutMs }: z.infer<typeof commandTriggerOptions>, line: TriggerLine) {
		super(line, timeoutMs);
	}

	ask(asked: Asked): void {
		this.awaited.add(asked);
	}
}
