/** The inspector's side of keeping pictures: encodes and writes them beside the line's work, and never holds it up. */
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import type { SeenFrame } from '../../bundle/frame-inspector.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import type { Mask, Pixels } from '../../imaging/pixels.ts';
import { placeMask } from '../../imaging/view/fit-view.ts';
import { MASK_THRESHOLD } from '../decision/measure-defects.ts';
import type { Verdict } from '../inspection.ts';
import { type FrameRules, frameFile, isKept, maskFile } from './frame-rules.ts';

export interface FrameReport {
	readonly sequence: number;
	/** Of its files, when they were written. */
	readonly bytes?: number;
	/** Why it was not. */
	readonly lost?: string;
}

/** What was seen of a part, with the frame of the camera. */
type KeepableFrame = Pick<SeenFrame, 'frame' | 'pixels' | 'inspected' | 'layout'>;

/** Pictures in work at once; a line that makes more of them than the disk takes loses pictures, not time. */
const MOST = 8;

export class FrameKeeper {
	readonly #rules: FrameRules;
	readonly #report: (report: FrameReport) => void;
	readonly #inWork = new Set<Promise<void>>();

	constructor(rules: FrameRules, report: (report: FrameReport) => void) {
		this.#rules = rules;
		this.#report = report;
	}

	/** @returns at once: what resolves when the picture's pixels are no longer needed; undefined when it is not kept */
	keep(sequence: number, verdict: Verdict, seen: KeepableFrame): Promise<void> | undefined {
		if (!isKept(this.#rules, sequence, verdict)) return undefined;
		if (this.#inWork.size >= MOST) {
			this.#report({ sequence, lost: 'pictures come faster than they can be written' });
			return undefined;
		}
		const { frame } = this.#rules;
		const pixels = frame === 'original' ? seen.frame : seen.pixels;
		const work = this.#write(sequence, pixels, maskOf(seen, frame)).then(this.#report);
		this.#inWork.add(work);
		void work.finally(() => this.#inWork.delete(work));
		return work;
	}

	/** Resolves when nothing is in work any more. */
	async settled(): Promise<void> {
		await Promise.all(this.#inWork);
	}

	/** The picture comes last: without it there is nothing to label. */
	async #write(sequence: number, pixels: Pixels, mask: Mask | undefined): Promise<FrameReport> {
		const { folder, prefix } = this.#rules;
		const resultId = `${prefix}${sequence}`;
		try {
			const outline = mask && (await encodePng(mask));
			const png = await encodePng(pixels);
			if (outline) await writeAtomic(join(folder, maskFile(resultId)), outline);
			await writeAtomic(join(folder, frameFile(resultId)), png);
			return { sequence, bytes: png.length + (outline?.length ?? 0) };
		} catch (error) {
			return { sequence, lost: messageOf(error) };
		}
	}
}

/** Taken at once: the model's memory is used again for the next part. */
function maskOf({ inspected, layout, frame }: KeepableFrame, kept: FrameRules['frame']): Mask | undefined {
	if (!inspected.mask) return undefined;
	const data = Uint8Array.from(inspected.mask, (p) => (p > MASK_THRESHOLD ? 255 : 0));
	const { roi, seen } = layout;
	const covers = kept === 'fitted' || (roi.width === frame.width && roi.height === frame.height);
	// It has to cover what the picture shows, in any size.
	return covers ? { ...seen, data } : placeMask({ ...seen, data }, roi, frame);
}
