/** What triggers have in common that announce a part before its frame comes. */
import type { AndonError } from '../../../../base/errors.ts';
import { AwaitedFrames } from './awaited-frames.ts';
import type { Trigger, TriggerFrame, TriggerLine } from './trigger.ts';

export abstract class AwaitingTrigger implements Trigger {
	protected readonly line: TriggerLine;
	protected readonly awaited: AwaitedFrames;

	constructor(line: TriggerLine, timeoutMs: number) {
		this.line = line;
		this.awaited = new AwaitedFrames(line, timeoutMs);
	}

	frame(frame: TriggerFrame): void {
		this.awaited.frame(frame);
	}

	broken(reason: AndonError): void {
		this.awaited.broken(reason);
	}

	back(): void {
		this.awaited.back();
	}

	lost(why: AndonError): void {
		this.awaited.lost(why);
	}

	stop(): void {
		this.awaited.stop();
	}
}
