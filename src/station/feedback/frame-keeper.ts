/** The inspector's side of keeping pictures: encodes and writes them beside the line's work, and never holds it up. */
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import type { Verdict } from '../inspection.ts';
import { type FrameRules, frameFile, isKept } from './frame-rules.ts';

export interface FrameReport {
	readonly sequence: number;
	/** Of the file, when it was written. */
	readonly bytes?: number;
	/** Why it was not. */
	readonly lost?: string;
}

export interface SeenFrame {
	/** As the camera gave it. */
	readonly original: Pixels;
	/** As the model saw it. */
	readonly fitted: Pixels;
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

	/** Returns at once; the report comes later. */
	keep(sequence: number, verdict: Verdict, seen: SeenFrame): void {
		if (!isKept(this.#rules, sequence, verdict)) return;
		if (this.#inWork.size >= MOST) {
			this.#report({ sequence, lost: 'pictures come faster than they can be written' });
			return;
		}
		const work = this.#write(sequence, seen[this.#rules.frame]).then(this.#report);
		this.#inWork.add(work);
		void work.finally(() => this.#inWork.delete(work));
	}

	/** Resolves when nothing is in work any more. */
	async settled(): Promise<void> {
		await Promise.all(this.#inWork);
	}

	async #write(sequence: number, pixels: Pixels): Promise<FrameReport> {
		const { folder, prefix } = this.#rules;
		try {
			const png = await encodePng(pixels);
			await writeAtomic(join(folder, frameFile(`${prefix}${sequence}`)), png);
			return { sequence, bytes: png.length };
		} catch (error) {
			return { sequence, lost: messageOf(error) };
		}
	}
}
