/** The inspector's side of keeping pictures: encodes and writes them beside the line's work, and never holds it up. */
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import type { Mask, Pixels } from '../../imaging/pixels.ts';
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

export interface SeenFrame {
	/** As the camera gave it. */
	readonly original: Pixels;
	/** As the model saw it. */
	readonly fitted: Pixels;
	/** Probability per pixel of `fitted`, where the model gives a mask. */
	readonly mask?: Float32Array;
}

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
	keep(sequence: number, verdict: Verdict, seen: SeenFrame): Promise<void> | undefined {
		if (!isKept(this.#rules, sequence, verdict)) return undefined;
		if (this.#inWork.size >= MOST) {
			this.#report({ sequence, lost: 'pictures come faster than they can be written' });
			return undefined;
		}
		const work = this.#write(sequence, seen[this.#rules.frame], maskOf(seen)).then(this.#report);
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
function maskOf({ mask, fitted: { width, height } }: SeenFrame): Mask | undefined {
	return mask && { width, height, data: Uint8Array.from(mask, (p) => (p > MASK_THRESHOLD ? 255 : 0)) };
}
