/** The pictures beside the store: known to it, bounded in size, and put right after whatever end the last run had. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { makeFolder } from '../../base/make-folder.ts';
import type { FrameFigures } from '../station-view.ts';
import type { KeptFrame } from '../store/sample-table.ts';
import type { Store } from '../store/store.ts';
import { frameFile, maskFile } from './frame-rules.ts';

/** Pictures given up in one go. */
const BATCH = 16;

/** Where the pictures of a store lie. */
export function frameFolder(store: string): string {
	return `${store}.frames`;
}

export class FrameShelf {
	readonly #store: Store;
	readonly #folder: string;
	readonly #maxBytes: number;
	readonly #log: Logger;
	#kept = 0;
	#bytes = 0;
	#lost = 0;
	#reason: string | undefined;
	/** Written and not noted yet. */
	readonly #arrived: KeptFrame[] = [];
	#work: Promise<void> = Promise.resolve();

	constructor(store: Store, { folder, maxBytes }: { folder: string; maxBytes: number }, log: Logger) {
		this.#store = store;
		this.#folder = folder;
		this.#maxBytes = maxBytes;
		this.#log = log;
	}

	/** Takes in pictures that were written just before the station died, and forgets such as are gone. */
	async open(): Promise<void> {
		makeFolder(this.#folder);
		const files = new Set(await readdir(this.#folder));
		const known = this.#store.samples.frames();
		const gone = known.filter(({ resultId }) => !files.delete(frameFile(resultId)));
		const found = [...files]
			.map((file) => file.replace(/\.png$/, ''))
			.filter((resultId) => this.#store.inspections.find(resultId) && files.delete(frameFile(resultId)));
		for (const { resultId } of known) files.delete(maskFile(resultId));
		for (const resultId of found) files.delete(maskFile(resultId));
		for (const file of files) await rm(join(this.#folder, file), { force: true });
		await Promise.all(gone.map(({ resultId }) => this.#remove(resultId)));
		const adopted = await Promise.all(
			found.map(async (resultId) => ({ resultId, bytes: await this.#sizeOf(resultId) })),
		);
		await this.#store.frames(
			adopted,
			gone.map(({ resultId }) => resultId),
		);
		this.#kept = known.length - gone.length + found.length;
		this.#bytes = this.#store.samples.bytes;
		await this.#prune();
	}

	/** A picture was written; those that must make room for it go. */
	add(frame: KeptFrame): void {
		this.#arrived.push(frame);
		this.#work = this.#work.then(() => this.#take()).catch((error) => this.lose(messageOf(error)));
	}

	/** A picture could not be kept. */
	lose(reason: string): void {
		if (this.#lost++ === 0 || reason !== this.#reason) this.#log.warn({ reason }, 'a picture was not kept');
		this.#reason = reason;
	}

	/** Resolves when everything handed over is noted. */
	settled(): Promise<void> {
		return this.#work;
	}

	figures(): FrameFigures {
		return {
			kept: this.#kept,
			bytes: this.#bytes,
			maxBytes: this.#maxBytes,
			lost: this.#lost,
			...(this.#reason === undefined ? {} : { reason: this.#reason }),
		};
	}

	async #remove(resultId: string): Promise<void> {
		for (const file of [frameFile(resultId), maskFile(resultId)]) await rm(join(this.#folder, file), { force: true });
	}

	async #sizeOf(resultId: string): Promise<number> {
		const sizes = [frameFile(resultId), maskFile(resultId)].map((file) =>
			stat(join(this.#folder, file)).then(
				({ size }) => size,
				() => 0,
			),
		);
		return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
	}

	/** All that arrived while the last ones were being noted, in one go. */
	async #take(): Promise<void> {
		const frames = this.#arrived.splice(0);
		if (frames.length === 0) return;
		await this.#store.frames(frames, []);
		this.#kept += frames.length;
		this.#bytes += frames.reduce((sum, { bytes }) => sum + bytes, 0);
		await this.#prune();
	}

	/** File first: a note without a file is put right at the next start, and so is a file without a note. */
	async #prune(): Promise<void> {
		while (this.#bytes > this.#maxBytes) {
			const oldest = this.#store.samples.oldestUnlabelled(BATCH);
			if (oldest.length === 0)
				return this.lose('labelled pictures fill the space: export them, or raise feedback.maxBytes');
			const leaving: KeptFrame[] = [];
			for (const frame of oldest) {
				if (this.#bytes <= this.#maxBytes) break;
				await this.#remove(frame.resultId);
				this.#bytes -= frame.bytes;
				leaving.push(frame);
			}
			await this.#store.frames(
				[],
				leaving.map(({ resultId }) => resultId),
			);
			this.#kept -= leaving.length;
		}
	}
}
