/** The files of a folder, or the rows of its `split.csv`, once in order; goes on after the last one when started again. */
import { z } from 'zod';
import type { CameraContext } from '../camera.ts';
import { Pace } from '../pace.ts';
import type { FolderItem, FolderItems, FolderOptions } from './folder-camera.ts';
import { type ListedImage, listImages } from './list-images.ts';

const cursorSchema = z.object({
	path: z.string(),
	split: z.string().optional(),
	lap: z.int().min(0),
	name: z.string(),
});

type Cursor = z.infer<typeof cursorSchema>;

export class Replay implements FolderItems {
	readonly #options: FolderOptions;
	readonly #context: CameraContext;
	readonly #pace: Pace;
	#images: readonly ListedImage[] = [];
	#index = 0;
	#lap = 0;

	constructor(options: FolderOptions, context: CameraContext) {
		this.#options = options;
		this.#context = context;
		this.#pace = new Pace(options.fps);
	}

	async start(): Promise<void> {
		this.#images = await listImages(this.#options.path, this.#options.split);
		const cursor = this.#ownCursor();
		if (!cursor) return;
		this.#lap = cursor.lap;
		this.#index = 1 + this.#images.findIndex(({ name }) => name === cursor.name);
		if (this.#index === 0) this.#index = await this.#placeOf(cursor.name);
		const left = this.#images.length - this.#index;
		if (left > 0 || this.#options.loop) this.#context.log.info({ after: cursor.name, left }, 'the replay goes on');
		else this.#context.log.warn('every image is recorded already; give `store.path` a new file to begin again');
	}

	async next(signal: AbortSignal): Promise<FolderItem | undefined> {
		if (this.#index >= this.#images.length) {
			if (!this.#options.loop) return undefined;
			this.#index = 0;
			this.#lap++;
		}
		await this.#pace.turn(signal);
		const image = this.#images[this.#index++];
		const { path, split } = this.#options;
		const cursor: Cursor = { path, ...(split === undefined ? {} : { split }), lap: this.#lap, name: image.name };
		return { ...image, cursor };
	}

	/** A cursor of another folder or split says nothing about this one. */
	#ownCursor(): Cursor | undefined {
		const { data } = cursorSchema.safeParse(this.#context.cursor);
		return data?.path === this.#options.path && data.split === this.#options.split ? data : undefined;
	}

	/** The last image is gone meanwhile: in a sorted folder its place is still known, in a list it is not. */
	async #placeOf(name: string): Promise<number> {
		const following = this.#images.findIndex((image) => image.name > name);
		if (this.#options.split === undefined && following > 0) return following;
		this.#context.log.warn({ name }, 'the last inspected image is no longer listed; the replay begins again');
		return 0;
	}
}
