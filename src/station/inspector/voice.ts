/** What an inspector says to its supervisor: each message costs both a system call, so what is not urgent waits for the next. */
import type { FromInspector } from './messages.ts';

export class Voice {
	readonly #say: (messages: readonly FromInspector[]) => Promise<void>;
	#held: FromInspector[] = [];
	#soon: NodeJS.Immediate | undefined;

	/** @param say resolves once the messages, one at least, will arrive whatever happens here */
	constructor(say: (messages: readonly FromInspector[]) => Promise<void>) {
		this.#say = say;
	}

	/** Resolves once the message will arrive, whatever happens here. */
	send(message: FromInspector): Promise<void> {
		this.#held.push(message);
		return this.flush();
	}

	/** Says it before anything else is begun, with what is sent until then: the next part is often there already. */
	soon(message: FromInspector): void {
		this.#held.push(message);
		this.#soon ??= setImmediate(() => void this.flush());
	}

	/** Goes with the next message, in order; lost if this process dies before. */
	mention(message: FromInspector): void {
		this.#held.push(message);
	}

	/** Says what is held. */
	async flush(): Promise<void> {
		clearImmediate(this.#soon);
		this.#soon = undefined;
		if (this.#held.length === 0) return;
		const held = this.#held;
		this.#held = [];
		await this.#say(held);
	}
}
