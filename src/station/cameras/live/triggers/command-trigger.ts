/** A part is what somebody asks for: over MQTT, HTTP or on the page. */
import { z } from 'zod';
import type { AndonError } from '../../../../base/errors.ts';
import { AwaitedFrames } from './awaited-frames.ts';
import type { Asked, Trigger, TriggerFrame, TriggerLine } from './trigger.ts';
import { timeoutMs } from './trigger-options.ts';

export const commandTriggerOptions = z.strictObject({ on: z.literal('command'), timeoutMs });

export class CommandTrigger implements Trigger {
	readonly #awaited: AwaitedFrames;

	constructor({ timeoutMs }: z.infer<typeof commandTriggerOptions>, line: TriggerLine) {
		this.#awaited = new AwaitedFrames(line, timeoutMs);
	}

	ask(asked: Asked): void {
		this.#awaited.add(asked);
	}

	frame(frame: TriggerFrame): void {
		this.#awaited.frame(frame);
	}

	broken(reason: AndonError): void {
		this.#awaited.broken(reason);
	}

	back(): void {
		this.#awaited.back();
	}

	lost(why: AndonError): void {
		this.#awaited.lost(why);
	}

	stop(): void {
		this.#awaited.stop();
	}
}
