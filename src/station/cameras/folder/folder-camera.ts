/** Image files as parts: a folder or a dataset list replayed in order, or a hot folder whose new files are inspected. */

import { join } from 'node:path';
import { z } from 'zod';
import { monotonicMs } from '../../../base/clock.ts';
import { decodeImage } from '../../../imaging/decode-image.ts';
import { decodeMask } from '../../../imaging/decode-mask.ts';
import type { Truth } from '../../inspection.ts';
import type { Camera, CameraContext, Shot } from '../camera.ts';
import { HotFolder } from './hot-folder.ts';
import { Replay } from './replay.ts';

export const folderOptions = z.strictObject({
	path: z.string().min(1).meta({ description: 'Folder of images, or of a dataset with a split.csv' }),
	split: z.string().min(1).optional().meta({ description: 'Only the rows of split.csv with this split' }),
	loop: z.boolean().default(false).meta({ description: 'Begin again after the last image' }),
	fps: z
		.number()
		.positive()
		.max(1000)
		.optional()
		.meta({ description: 'Images a second; as fast as possible if absent' }),
	watch: z.boolean().default(false).meta({ description: 'Hot folder: inspect every file that arrives' }),
	done: z
		.string()
		.min(1)
		.default('done')
		.meta({ description: 'Hot folder: where inspected files go, inside the path' }),
	settleMs: z
		.int()
		.min(50)
		.max(60_000)
		.default(300)
		.meta({ description: 'Hot folder: unchanged so long = completely written' }),
});

export type FolderOptions = z.infer<typeof folderOptions>;

/** One image file to inspect, with what is known of it. */
export interface FolderItem {
	/** Path inside the folder, with forward slashes. */
	readonly name: string;
	readonly truth?: Truth;
	/** Path of its true mask inside the folder. */
	readonly mask?: string;
	readonly cursor: unknown;
	recorded?(): Promise<void>;
}

/** Where the files come from. */
export interface FolderItems {
	start(): Promise<void>;
	next(signal: AbortSignal): Promise<FolderItem | undefined>;
}

export class FolderCamera implements Camera {
	readonly patient = true;
	readonly #path: string;
	readonly #channels: 1 | 3;
	readonly #items: FolderItems;

	constructor(options: FolderOptions, context: CameraContext) {
		this.#path = options.path;
		this.#channels = context.input.channels;
		this.#items = options.watch ? new HotFolder(options, context) : new Replay(options, context);
	}

	start(): Promise<void> {
		return this.#items.start();
	}

	async next(signal: AbortSignal): Promise<Shot | undefined> {
		const item = await this.#items.next(signal);
		if (!item) return undefined;
		return {
			partId: item.name,
			cursor: item.cursor,
			acquiredAt: new Date().toISOString(),
			monotonicMs: monotonicMs(),
			simulated: false,
			truth: item.truth,
			read: () => this.#read(item),
			recorded: item.recorded,
		};
	}

	async stop(): Promise<void> {}

	async #read(item: FolderItem) {
		const pixels = await decodeImage(join(this.#path, item.name), { channels: this.#channels });
		if (item.mask !== undefined)
			return { pixels, mask: await decodeMask(join(this.#path, item.mask), { imageSize: pixels }) };
		return { pixels, mask: item.truth?.defective === false ? emptyMask(pixels) : undefined };
	}
}

function emptyMask({ width, height }: { width: number; height: number }) {
	return { width, height, data: new Uint8Array(width * height) };
}
