/** New files in a folder: each is a part once it is completely written, and moves away once its record is durable. */
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { CameraContext } from '../camera.ts';
import type { FolderItem, FolderItems, FolderOptions } from './folder-camera.ts';
import { isImageName, unavailable } from './list-images.ts';

const fileSchema = z.object({ name: z.string(), size: z.number(), mtimeMs: z.number() });
/** Files that were inspected but perhaps not moved yet: after a restart they are moved, not inspected again. */
const cursorSchema = z.object({ handled: z.array(fileSchema) });

type File = z.infer<typeof fileSchema>;

/** Polling, because file events do not cross network shares. */
const POLL_MS = 100;

export class HotFolder implements FolderItems {
	readonly #options: FolderOptions;
	readonly #context: CameraContext;
	readonly #handled = new Map<string, File>();
	/** When a file was first seen as it is now. */
	readonly #since = new Map<string, { readonly file: File; readonly at: number }>();

	constructor(options: FolderOptions, context: CameraContext) {
		this.#options = options;
		this.#context = context;
	}

	async start(): Promise<void> {
		try {
			await this.#scan();
			await mkdir(this.#doneFolder, { recursive: true });
		} catch (cause) {
			throw unavailable(this.#options.path, cause);
		}
		const { data } = cursorSchema.safeParse(this.#context.cursor);
		for (const file of data?.handled ?? []) if (await this.#isUnchanged(file)) await this.#move(file);
	}

	async next(signal: AbortSignal): Promise<FolderItem> {
		for (;;) {
			signal.throwIfAborted();
			const file = await this.#ready();
			if (file) return this.#itemOf(file);
			await sleep(POLL_MS, undefined, { signal });
		}
	}

	get #doneFolder(): string {
		return join(this.#options.path, this.#options.done);
	}

	#itemOf(file: File): FolderItem {
		this.#handled.set(file.name, file);
		return {
			name: file.name,
			cursor: { handled: [...this.#handled.values()] },
			recorded: () => this.#move(file),
		};
	}

	/** The oldest file that has not changed for `settleMs`. */
	async #ready(): Promise<File | undefined> {
		const now = performance.now();
		const files = await this.#scan();
		for (const name of this.#since.keys()) if (!files.some((file) => file.name === name)) this.#since.delete(name);
		for (const file of files) {
			const seen = this.#since.get(file.name);
			if (!seen || !same(seen.file, file)) this.#since.set(file.name, { file, at: now });
		}
		return files
			.filter((file) => !this.#isHandled(file) && now - this.#since.get(file.name)!.at >= this.#options.settleMs)
			.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1))[0];
	}

	#isHandled(file: File): boolean {
		const handled = this.#handled.get(file.name);
		return handled !== undefined && same(handled, file);
	}

	async #scan(): Promise<File[]> {
		const entries = await readdir(this.#options.path, { withFileTypes: true });
		const names = entries.filter((entry) => entry.isFile() && isPartName(entry.name)).map((entry) => entry.name);
		const files = await Promise.all(names.map((name) => fileOf(this.#options.path, name)));
		return files.filter((file) => file !== undefined);
	}

	async #isUnchanged(file: File): Promise<boolean> {
		const now = await fileOf(this.#options.path, file.name);
		return now !== undefined && same(now, file);
	}

	/** A file of the same name that is there already is kept: the newcomer gets its time as a suffix. */
	async #move(file: File): Promise<void> {
		try {
			const { name, ext } = parse(file.name);
			const taken = await fileOf(this.#doneFolder, file.name);
			const target = taken ? `${name}-${Math.round(file.mtimeMs)}${ext}` : file.name;
			await rename(join(this.#options.path, file.name), join(this.#doneFolder, target));
			if (this.#isHandled(file)) this.#handled.delete(file.name);
		} catch (error) {
			this.#context.log.warn({ error, file: file.name }, 'an inspected file could not be moved away');
		}
	}
}

/** Names that writers give to files in progress are no parts. */
function isPartName(name: string): boolean {
	return !name.startsWith('.') && isImageName(name);
}

async function fileOf(folder: string, name: string): Promise<File | undefined> {
	const stats = await stat(join(folder, name)).catch(() => undefined);
	return stats && { name, size: stats.size, mtimeMs: stats.mtimeMs };
}

function same(a: File, b: File): boolean {
	return a.size === b.size && a.mtimeMs === b.mtimeMs;
}
