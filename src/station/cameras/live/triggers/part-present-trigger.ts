/** A part is what passes in front of a camera that runs freely: one passage, one frame of it. */
import { z } from 'zod';
import { type Presence, PresenceWatch } from './presence.ts';
import type { Trigger, TriggerFrame, TriggerLine } from './trigger.ts';

const pixel = z.int().min(0).max(100_000);

export const partPresentOptions = z.strictObject({
	on: z.literal('part-present'),
	region: z
		.strictObject({ x: pixel, y: pixel, width: pixel.min(8), height: pixel.min(8) })
		.optional()
		.meta({ description: 'Where parts are looked for, pixels of the camera; the whole picture if absent' }),
	difference: z.number().min(1).max(255).default(20).meta({
		description: 'Grey levels by which a pixel differs from the empty place',
	}),
	share: z.number().gt(0).max(1).default(0.2).meta({
		description: 'A part is there when so much of the region differs',
	}),
	hysteresis: z.number().gt(0).max(1).default(0.5).meta({
		description: 'And has gone when less than this share of `share` differs',
	}),
	minGapMs: z.number().min(0).max(60_000).default(50).meta({
		description: 'A shorter gap does not end a passage',
	}),
	pick: z.enum(['sharpest', 'centred', 'first']).default('centred').meta({
		description: 'Which frame of a passage: the sharpest, the one with the part in the middle, or the first',
	}),
	relearnMs: z.number().min(0).max(86_400_000).default(30_000).meta({
		description: 'What stays for so long becomes the empty place, slow changes of the light too; 0 = never',
	}),
});

export type PartPresentOptions = z.infer<typeof partPresentOptions>;

/** Frames in a row that must be worse than the best before the middle counts as passed. */
const PASSED = 2;

export class PartPresentTrigger implements Trigger {
	readonly #options: PartPresentOptions;
	readonly #line: TriggerLine;
	readonly #watch: PresenceWatch;
	#passage: Passage | undefined;

	constructor(options: PartPresentOptions, line: TriggerLine) {
		this.#options = options;
		this.#line = line;
		this.#watch = new PresenceWatch(options);
	}

	frame(frame: TriggerFrame): void {
		const seen = this.#watch.look(frame.image, frame.monotonicMs);
		const { share, hysteresis, minGapMs } = this.#options;
		const isThere = seen.share >= (this.#passage ? share * hysteresis : share);
		if (!this.#passage && isThere) this.#passage = new Passage(this.#options.pick, (best) => this.#line.part(best));
		if (isThere) this.#passage!.take(frame, seen);
		else frame.release();
		if (this.#passage && frame.monotonicMs - this.#passage.lastSeenAt >= minGapMs && !isThere) this.#end();
	}

	/** The next frame of the passage serves as well. */
	broken(): void {}

	lost(): void {
		this.#passage?.drop();
		this.#passage = undefined;
		this.#watch.reset();
	}

	stop(): void {
		this.#passage?.drop();
		this.#passage = undefined;
	}

	#end(): void {
		this.#passage?.end();
		this.#passage = undefined;
	}
}

/** One part on its way through the region; only its best frame so far is held. */
class Passage {
	readonly #pick: PartPresentOptions['pick'];
	readonly #give: (best: TriggerFrame) => void;
	lastSeenAt = 0;
	#best: { readonly frame: TriggerFrame; readonly worth: number } | undefined;
	#worse = 0;
	#given = false;

	constructor(pick: PartPresentOptions['pick'], give: (best: TriggerFrame) => void) {
		this.#pick = pick;
		this.#give = give;
	}

	take(frame: TriggerFrame, seen: Presence): void {
		this.lastSeenAt = frame.monotonicMs;
		const worth = this.#pick === 'sharpest' ? seen.detail : -seen.offCentre;
		if (this.#given || (this.#best && worth <= this.#best.worth)) {
			frame.release();
			this.#worse++;
		} else {
			this.#best?.frame.release();
			this.#best = { frame, worth };
			this.#worse = 0;
		}
		// The sharpest may be the last; of the others it is known earlier.
		if (this.#pick === 'first' || (this.#pick === 'centred' && this.#worse >= PASSED)) this.end();
	}

	/** Gives the best frame, unless that was done. */
	end(): void {
		if (this.#best && !this.#given) this.#give(this.#best.frame);
		this.#given = true;
		this.#best = undefined;
	}

	/** Its frames are worthless. */
	drop(): void {
		this.#best?.frame.release();
		this.#best = undefined;
		this.#given = true;
	}
}
