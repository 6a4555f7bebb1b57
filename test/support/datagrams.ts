/** A Unix datagram socket that is listened on, as systemd listens for sd_notify. */
import koffi from 'koffi';

const libc = koffi.load(null);
const socket = libc.func('int socket(int domain, int type, int protocol)');
const bind = libc.func('int bind(int fd, const void *address, unsigned int size)');
const recv = libc.func('intptr_t recv(int fd, void *bytes, size_t length, int flags)');
const close = libc.func('int close(int fd)');
const DONTWAIT = 0x40;

export class Datagrams {
	/** In the order of their arrival, each split into lines. */
	readonly received: string[][] = [];
	readonly #fd: number;
	readonly #poll: ReturnType<typeof koffi.node.poll>;
	readonly #waiting = new Set<() => void>();

	/** @param address a path, or `@` and an abstract name */
	constructor(address: string) {
		const family = Buffer.from(new Uint16Array([1]).buffer);
		const name = Buffer.from(address.startsWith('@') ? `\0${address.slice(1)}` : `${address}\0`);
		const bytes = Buffer.concat([family, name]);
		this.#fd = socket(1, 2, 0);
		if (bind(this.#fd, bytes, bytes.length) !== 0) throw new Error(`cannot listen on ${address}`);
		this.#poll = koffi.node.poll(this.#fd, { readable: true }, () => this.#read());
	}

	/** Lines of all that came, such as those that begin with `STATUS=`. */
	lines(start: string): string[] {
		return this.received.flat().filter((line) => line.startsWith(start));
	}

	/** Resolves once what came satisfies the condition. */
	until(condition: () => boolean): Promise<void> {
		return new Promise((resolve) => {
			const look = () => {
				if (!condition()) return;
				this.#waiting.delete(look);
				resolve();
			};
			this.#waiting.add(look);
			look();
		});
	}

	close(): void {
		this.#poll.close();
		close(this.#fd);
	}

	#read(): void {
		const buffer = Buffer.alloc(4096);
		for (;;) {
			const length = Number(recv(this.#fd, buffer, buffer.length, DONTWAIT));
			if (length < 0) break;
			this.received.push(buffer.toString('utf8', 0, length).split('\n'));
		}
		for (const look of this.#waiting) look();
	}
}
