/** A program that takes part in the bench: it is asked in lines of JSON, one at a time, and answers each with one. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export class Conversation {
	readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
	readonly #answers: AsyncIterator<string>;
	readonly #program: string;
	/** Its last line on stderr, for when it ends too soon. */
	#complaint = '';

	/** Starts it. @param env beside what this process has */
	constructor(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
		this.#program = program;
		this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
		this.#child.on('error', (error) => {
			this.#complaint = error.message;
		});
		this.#child.stdin.on('error', () => {});
		this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
			this.#complaint = text.trim().split('\n').at(-1) || this.#complaint;
			process.stderr.write(text);
		});
		this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
	}

	/** @throws Error with its last words when it has ended */
	async hear<T>(): Promise<T> {
		const { value, done } = await this.#answers.next();
		if (done) throw new Error(this.#complaint || `${this.#program} ended without an answer`);
		return JSON.parse(value);
	}

	ask<T>(question: object): Promise<T> {
		this.#child.stdin.write(`${JSON.stringify(question)}\n`);
		return this.hear<T>();
	}

	/** Ends it, whatever it does. */
	async end(): Promise<void> {
		this.#child.stdin.end();
		if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
		const ended = once(this.#child, 'exit');
		const kill = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
		await ended;
		clearTimeout(kill);
	}
}
