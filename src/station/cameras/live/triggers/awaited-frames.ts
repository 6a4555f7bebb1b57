/** Parts that were announced and wait for their frame: the first announced gets the first frame, one without a frame is missed. */
import { AndonError, messageOf } from '../../../../base/errors.ts';
import type { Asked, TriggerFrame, TriggerLine } from './trigger.ts';

interface Awaited {
	readonly asked: Asked;
	fired: boolean;
	readonly timer: NodeJS.Timeout;
}

/** Announced parts without a frame, at most; more of them are triggers gone wild. */
const MOST_AWAITED = 64;
/** After so many misses in a row something is wrong, not only late. */
const MISSES_ALARM = 3;

export class AwaitedFrames {
	readonly #line: TriggerLine;
	readonly #timeoutMs: number;
	readonly #awaited: Awaited[] = [];
	/** `performance.now()` until which a frame may belong to a trigger that was given up. */
	#uncertainUntil = 0;
	#misses = 0;

	/** @param timeoutMs a part without a frame so long after its trigger is missed */
	constructor(line: TriggerLine, timeoutMs: number) {
		this.#line = line;
		this.#timeoutMs = timeoutMs;
	}

	add(asked: Asked): void {
		const hopeless = this.#hopeless();
		if (hopeless) this.#line.missed(hopeless, asked);
		else if (performance.now() < this.#uncertainUntil) this.#miss(uncertain(), asked);
		else this.#await(asked);
	}

	frame(frame: TriggerFrame): void {
		const [first] = this.#awaited;
		// One that was on its way already when the part was announced does not show it.
		if (!first || frame.monotonicMs < first.asked.monotonicMs) frame.release();
		else {
			this.#remove(first);
			if (this.#misses >= MISSES_ALARM) this.#line.report('frames', undefined);
			this.#misses = 0;
			this.#line.part(frame, first.asked);
		}
	}

	/** The frame of the first part came, and is of no use. */
	broken(reason: AndonError): void {
		const [first] = this.#awaited;
		if (!first) return;
		this.#remove(first);
		this.#line.missed(reason, first.asked);
	}

	/** Parts that were announced while the device was being opened are exposed now; their time limit has not passed. */
	back(): void {
		for (const awaited of this.#awaited) this.#fire(awaited);
	}

	lost(why: AndonError): void {
		this.#uncertainUntil = 0;
		for (const awaited of [...this.#awaited]) {
			this.#remove(awaited);
			this.#line.missed(why, awaited.asked);
		}
	}

	stop(): void {
		for (const { timer } of this.#awaited.splice(0)) clearTimeout(timer);
	}

	/** Why no frame can come of a trigger now. */
	#hopeless(): AndonError | undefined {
		const { away, paused } = this.#line;
		if (paused) return linePaused();
		return away ?? (this.#awaited.length >= MOST_AWAITED ? tooMany() : undefined);
	}

	#await(asked: Asked): void {
		const awaited = { asked, fired: false, timer: setTimeout(() => this.#giveUp(awaited), this.#timeoutMs) };
		this.#awaited.push(awaited);
		if (this.#line.isOpen) this.#fire(awaited);
	}

	#fire(awaited: Awaited): void {
		if (awaited.fired) return;
		awaited.fired = true;
		this.#line.fire?.().catch((error) => this.#fail(awaited, error));
	}

	#giveUp(awaited: Awaited): void {
		this.#remove(awaited);
		this.#miss(noFrame(this.#timeoutMs), awaited.asked);
		if (this.#line.freeRunning || !awaited.fired) return;
		// Its frame may still come, and would be taken for that of the next part: what cannot be told apart is not inspected.
		this.#uncertainUntil = performance.now() + this.#timeoutMs;
		for (const later of [...this.#awaited]) {
			this.#remove(later);
			this.#miss(uncertain(), later.asked);
		}
	}

	#fail(awaited: Awaited, cause: unknown): void {
		if (!this.#awaited.includes(awaited)) return;
		this.#remove(awaited);
		this.#miss(cause instanceof AndonError ? cause : refused(cause), awaited.asked);
	}

	#remove(awaited: Awaited): void {
		clearTimeout(awaited.timer);
		const at = this.#awaited.indexOf(awaited);
		if (at >= 0) this.#awaited.splice(at, 1);
	}

	#miss(why: AndonError, asked: Asked): void {
		this.#misses++;
		if (this.#misses === MISSES_ALARM) this.#line.report('frames', noFrames());
		this.#line.missed(why, asked);
	}
}

export function linePaused(): AndonError {
	return new AndonError('LINE_PAUSED', {
		expected: 'a line that is inspected when a part is triggered',
		found: 'it was paused',
		fix: 'Resume before parts run again, or stop the triggers while paused.',
	});
}

function noFrame(timeoutMs: number): AndonError {
	return new AndonError('FRAME_MISSED', {
		expected: `a frame within ${timeoutMs} ms of the trigger`,
		found: 'none',
		fix: 'Check the exposure time and the rate of triggers against that of the camera, or raise `trigger.timeoutMs`.',
	});
}

function noFrames(): AndonError {
	return new AndonError('FRAME_MISSED', {
		expected: 'a frame for every trigger',
		found: `none for ${MISSES_ALARM} triggers in a row`,
		fix: 'Check that the camera takes this kind of trigger (its trigger mode and source), its exposure time and its cable.',
	});
}

function uncertain(): AndonError {
	return new AndonError('FRAME_MISSED', {
		expected: 'to know which frame belongs to which trigger',
		found: 'a trigger before this one without its frame, which may still come',
		fix: 'Raise `trigger.timeoutMs` above the slowest frame, or slow the triggers.',
	});
}

function tooMany(): AndonError {
	return new AndonError('FRAME_MISSED', {
		expected: `at most ${MOST_AWAITED} triggers without their frame`,
		found: 'one more',
		fix: 'Triggers come faster than frames: check for a bouncing or floating trigger line.',
	});
}

function refused(cause: unknown): AndonError {
	return new AndonError(
		'FRAME_MISSED',
		{ expected: 'the camera to take a trigger', found: messageOf(cause), fix: 'Check its trigger mode and source.' },
		{ cause },
	);
}
