/** Every frame is a part: of a camera that is triggered at its own line, or of one that runs freely. */
import { z } from 'zod';
import { AndonError } from '../../../../base/errors.ts';
import { framesBetween } from './frames-between.ts';
import type { Trigger, TriggerFrame, TriggerLine } from './trigger.ts';

export const frameTriggerOptions = z.strictObject({ on: z.literal('frame') });

/** Missed parts told one by one for one gap in the camera's count; what is beyond is told in the last of them. */
const MOST_TOLD = 32;

export class FrameTrigger implements Trigger {
	readonly #line: TriggerLine;
	/** The device's number of the last frame, and how many broken ones came since. */
	#last: number | undefined;
	#broken = 0;

	constructor(line: TriggerLine) {
		this.#line = line;
	}

	frame(frame: TriggerFrame): void {
		const id = frame.device?.frameId;
		if (id !== undefined) {
			if (this.#last !== undefined) this.#tellGap(framesBetween(this.#last, id) - this.#broken);
			this.#last = id;
			this.#broken = 0;
		}
		this.#line.part(frame);
	}

	broken(reason: AndonError): void {
		this.#broken++;
		this.#line.missed(reason);
	}

	lost(): void {
		this.#last = undefined;
		this.#broken = 0;
	}

	/** The camera numbers its frames: those in between were exposed, and never arrived. */
	#tellGap(missing: number): void {
		const told = Math.min(missing, MOST_TOLD);
		for (let i = 1; i <= told; i++) this.#line.missed(gap(i === told ? missing - told + 1 : 1));
	}
}

function gap(frames: number): AndonError {
	return new AndonError('FRAME_MISSED', {
		expected: 'every frame that the camera numbered',
		found: frames === 1 ? 'one that never arrived' : `${frames} that never arrived`,
		fix: 'Check network settings and the load of the host (`andon doctor`); give the camera more buffers or a slower rate.',
	});
}
