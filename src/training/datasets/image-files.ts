/** The image files of a folder, always in the same order. */
import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { AndonError, messageOf } from '../../base/errors.ts';

const IMAGES = new Set(['.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff', '.webp']);

export function isImageFile(path: string): boolean {
	return IMAGES.has(extname(path).toLowerCase());
}

/** Image paths below `folder`, relative to it with forward slashes, sorted; hidden files are left out. */
export async function listImages(folder: string): Promise<string[]> {
	const entries = await list(folder, () => readdir(folder, { recursive: true, withFileTypes: true }));
	return entries
		.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && isImageFile(entry.name))
		.map((entry) => join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'))
		.sort();
}

/** Names of the folders in `folder`, sorted; hidden ones are left out. */
export async function listFolders(folder: string): Promise<string[]> {
	const entries = await list(folder, () => readdir(folder, { withFileTypes: true }));
	return entries
		.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
		.map((entry) => entry.name)
		.sort();
}

/** A path without its extension. */
export function stemOf(path: string): string {
	return path.slice(0, path.length - extname(path).length);
}

async function list<T>(folder: string, read: () => Promise<T>): Promise<T> {
	try {
		return await read();
	} catch (cause) {
		throw new AndonError(
			'DATASET_MISSING',
			{ expected: `to list ${folder}`, found: messageOf(cause), fix: 'Check the path and its permissions.' },
			{ cause },
		);
	}
}
