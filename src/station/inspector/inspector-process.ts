/** One inspector process, from its fork to its end: what it says is checked, and when it hangs or talks nonsense it is killed. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../../base/error-codes.ts';
import { AndonError, messageOf } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import { THRIFTY_ENV } from '../supervision/thrift.ts';
import { type FromInspector, fromInspectorSchema, type ToInspector } from './messages.ts';
import { Watchdog } from './watchdog.ts';

const ENTRY = fileURLToPath(new URL('./inspector-child.ts', import.meta.url));

/** An inspector makes little garbage, and is better off collecting it often than with room for it: with `THRIFTY_ENV` 75 MiB at 512². */
const EXEC_ARGV = ['--max-semi-space-size=4'];

export type Heard = Exclude<FromInspector, { kind: 'failed' }>;

interface ProcessEvents {
	/** @throws when the message is out of turn: the process is killed then */
	message(message: Heard): void;
	/** It is gone, and everything that it had said was heard. */
	ended(why: AndonError): void;
}

export class InspectorProcess {
	readonly #child: ChildProcess;
	readonly #deadlineMs: number;
	readonly #events: ProcessEvents;
	readonly #watchdog: Watchdog;
	readonly #gone = Promise.withResolvers<void>();
	/** What was wrong with it before it ended. */
	#failure: AndonError | undefined;

	/**
	 * @param deadlineMs for a part; beyond it the process counts as hanging
	 * @param startMs for its start, likewise
	 */
	constructor(deadlineMs: number, startMs: number, events: ProcessEvents) {
		this.#deadlineMs = deadlineMs;
		this.#events = events;
		this.#child = fork(ENTRY, [], {
			execPath: process.execPath,
			execArgv: EXEC_ARGV,
			env: { ...THRIFTY_ENV, ...process.env },
			serialization: 'advanced',
			stdio: ['ignore', process.stderr.fd, process.stderr.fd, 'ipc'],
		});
		this.#watchdog = new Watchdog(deadlineMs, startMs, (why) => {
			this.#failure = lost(why);
			this.#child.kill('SIGKILL');
		});
		this.#child.on('message', (received) => {
			for (const message of [received].flat()) this.#take(message);
		});
		afterEnd(this.#child, (how) => this.#end(how));
	}

	get pid(): number | undefined {
		return this.#child.pid;
	}

	/** @returns false when it can no longer hear */
	tell(message: ToInspector): boolean {
		if (!this.#child.connected) return false;
		if (message.kind === 'prepare') this.#watchdog.loading(message.recipe.provedMs ?? 0);
		this.#child.send(message, () => {});
		return true;
	}

	/** Lets the part in work be finished; kills when that takes too long. Resolves when it is gone. */
	async stop(): Promise<void> {
		const kill = setTimeout(() => this.#child.kill('SIGKILL'), this.#deadlineMs + 1000);
		this.tell({ kind: 'stop' });
		await this.#gone.promise;
		clearTimeout(kill);
	}

	#take(received: unknown): void {
		try {
			const message = parseWith(fromInspectorSchema, received, 'a message from the inspector');
			this.#watchdog.heard();
			if (message.kind === 'failed') this.#failure = errorOf(message);
			else this.#hear(message);
		} catch (error) {
			this.#failure ??= lost(messageOf(error));
			this.#child.kill('SIGKILL');
		}
	}

	#hear(message: Heard): void {
		if (message.kind === 'ready') this.#watchdog.ready();
		if (message.kind === 'applied' || message.kind === 'not-applied') this.#watchdog.loaded();
		if (message.kind === 'acquired') this.#watchdog.began();
		if (message.kind === 'result') this.#watchdog.ended();
		this.#events.message(message);
	}

	#end(how: string): void {
		this.#watchdog.close();
		this.#events.ended(this.#failure ?? lost(how));
		this.#gone.resolve();
	}
}

/** Calls back when the process has ended and everything it had said was heard. */
function afterEnd(child: ChildProcess, callback: (how: string) => void): void {
	let left = 2;
	let how = 'it could not be started';
	const end = () => {
		if (--left === 0) callback(how);
	};
	child.once('error', (error) => {
		if (child.pid !== undefined) return;
		how = messageOf(error);
		left = 1;
		end();
	});
	child.once('exit', (code, signal) => {
		how = signal ? `it was ended by ${signal}` : `it ended with code ${code}`;
		end();
	});
	child.once('disconnect', end);
}

function lost(found: string): AndonError {
	return new AndonError('INSPECTOR_LOST', {
		expected: 'the inspector process to go on',
		found,
		fix: 'It is started again by itself; if this repeats, see the log before it and check memory and the bundle.',
	});
}

function errorOf({ code, message, facts }: Extract<FromInspector, { kind: 'failed' }>): AndonError {
	return facts ? new AndonError(code as ErrorCode, facts) : lost(message);
}
