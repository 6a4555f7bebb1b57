/** A GPIO line whose edges we are told of, at the time the kernel saw them. */

import { monotonicMs } from '../../base/clock.ts';
import { AndonError } from '../../base/errors.ts';
import { type Edge, type GpioLine, nameOfLine } from './gpio-line.ts';
import type { RawEdge } from './libgpiod.ts';
import { closingOnFailure, openLine } from './open-line.ts';

export interface WatchOptions extends Partial<Pick<GpioLine, 'activeLow' | 'bias'>> {
	/** Edges so soon after one that was told are bounces: not told. */
	readonly debounceMs?: number;
	/** The line is gone (its device was unplugged); nothing is told after this. */
	onLost?(error: AndonError): void;
}

/**
 * @param at when the kernel saw it, `monotonicMs` of `base/clock.ts`
 * @param sequence 1, 2, …; where libgpiod 2 runs, a gap says how many edges were lost. Bounces count
 */
export type OnEdge = (at: number, sequence: number) => void;

export interface EdgeWatch {
	/** Safe twice. */
	close(): void;
}

/** Kernels before 5.7 stamp edges with the wall clock; such a stamp lies far from the monotonic one, ms. */
const STRANGE_MS = 60_000;

/**
 * Watches a line. The event loop waits for its file descriptor, so that no thread is held and nothing is polled.
 *
 * @param chip `gpiochip0`, a path, or the chip's label
 * @param line offset or name
 * @throws LIBRARY_MISSING, GPIO_UNAVAILABLE
 */
export async function watchEdges(
	chip: string,
	line: number | string,
	edge: Edge,
	onEdge: OnEdge,
	{ activeLow = false, bias = 'as-is', debounceMs = 0, onLost }: WatchOptions = {},
): Promise<EdgeWatch> {
	const { node } = (await import('koffi')).default;
	const [opened, offset] = await openLine({ chip, line });
	const edges = closingOnFailure(opened, () => opened.requestEdges(offset, { activeLow, bias }, edge));
	let open = true;
	const close = () => {
		if (!open) return;
		open = false;
		poll.close();
		edges.close();
	};
	const tell = teller(onEdge, debounceMs);
	const poll = node.poll(edges.fd, { readable: true, disconnect: true }, () => {
		for (const seen of read()) if (open) tell(seen);
	});
	function read(): readonly RawEdge[] {
		try {
			return edges.read();
		} catch (error) {
			close();
			onLost?.(error instanceof AndonError ? error : gone(nameOfLine({ chip, line }), error));
			return [];
		}
	}
	return { close };
}

function teller(onEdge: OnEdge, debounceMs: number): (edge: RawEdge) => void {
	let count = 0;
	let last = Number.NEGATIVE_INFINITY;
	return ({ timestampNs, sequence }) => {
		count = sequence ?? count + 1;
		const now = monotonicMs();
		const stamped = timestampNs / 1e6;
		const at = Math.abs(now - stamped) > STRANGE_MS ? now : stamped;
		if (at - last < debounceMs) return;
		last = at;
		onEdge(at, count);
	};
}

function gone(name: string, cause: unknown): AndonError {
	const facts = { expected: `edges of ${name}`, found: String(cause), fix: 'Check that its device is plugged in.' };
	return new AndonError('GPIO_UNAVAILABLE', facts, { cause });
}
