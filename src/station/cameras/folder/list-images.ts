/** Which files of a folder are parts: the rows of `split.csv` where there is one, else every image file by name. */
import { access, readdir, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { AndonError, messageOf } from '../../../base/errors.ts';
import { parseWith } from '../../../base/parse.ts';
import type { Truth } from '../../inspection.ts';

export interface ListedImage {
	/** Path inside the folder, with forward slashes. */
	readonly name: string;
	readonly truth?: Truth;
	readonly mask?: string;
}

const IMAGE = /\.(jpe?g|png|bmp|tiff?|webp)$/i;

/** Names of the class of sound parts, alone or after an underscore or hyphen (`MT_Free`). */
const SOUND_CLASS = /(^|[_-])(ok|good|free|normal)$/i;

const insidePath = z
	.string()
	.refine((path) => !/^([/\\]|[a-z]:|\.\.([/\\]|$))/i.test(posix.normalize(path)), 'leaves the folder');

const rowsSchema = z.array(
	z.object({ image: insidePath.min(1), mask: insidePath.default(''), class: z.string(), split: z.string() }),
);

/**
 * @param split only these rows of `split.csv`; all of them when absent
 * @throws CAMERA_UNAVAILABLE, CAMERA_LIST_INVALID
 */
export async function listImages(folder: string, split?: string): Promise<readonly ListedImage[]> {
	const list = join(folder, 'split.csv');
	const listed = await access(list).then(
		() => true,
		() => false,
	);
	if (split !== undefined && !listed)
		throw new AndonError('CAMERA_LIST_INVALID', {
			expected: `a split.csv in ${folder}, because a split is asked for`,
			found: 'none',
			fix: 'Remove `split` from the camera, or point `path` at the dataset.',
		});
	const images = listed ? await readSplit(list, split) : await readFolder(folder);
	if (images.length > 0) return images;
	throw new AndonError('CAMERA_UNAVAILABLE', {
		expected: `images in ${folder}${split === undefined ? '' : ` with split ${split}`}`,
		found: 'none',
		fix: 'Check `path` and `split`, or use `watch: true` for a folder that fills later.',
	});
}

export function isImageName(name: string): boolean {
	return IMAGE.test(name);
}

async function readSplit(list: string, split: string | undefined): Promise<ListedImage[]> {
	const rows = parseWith(rowsSchema, await parseCsv(list), list, 'CAMERA_LIST_INVALID');
	return rows
		.filter((row) => split === undefined || row.split === split)
		.map((row) => ({
			name: row.image,
			truth: truthOf(row.class),
			...(row.mask === '' ? {} : { mask: row.mask }),
		}));
}

async function parseCsv(list: string): Promise<unknown> {
	try {
		return parse(await readFile(list), { columns: true, skip_empty_lines: true, bom: true });
	} catch (cause) {
		throw new AndonError(
			'CAMERA_LIST_INVALID',
			{
				expected: `${list} with the columns image, mask, class and split`,
				found: messageOf(cause),
				fix: 'Correct the file.',
			},
			{ cause },
		);
	}
}

function truthOf(name: string): Truth {
	return SOUND_CLASS.test(name) ? { defective: false } : { defective: true, defectClass: name };
}

/** A `.png` beside an image of the same name is that image's mask, not a part. */
async function readFolder(folder: string): Promise<ListedImage[]> {
	const names = await imageNames(folder);
	const stems = new Set(names.filter((name) => !/\.png$/i.test(name)).map(stemOf));
	return names.filter((name) => !(/\.png$/i.test(name) && stems.has(stemOf(name)))).map((name) => ({ name }));
}

async function imageNames(folder: string): Promise<string[]> {
	try {
		const entries = await readdir(folder, { recursive: true, withFileTypes: true });
		return entries
			.filter((entry) => entry.isFile() && isImageName(entry.name))
			.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
			.sort();
	} catch (cause) {
		throw unavailable(folder, cause);
	}
}

/** The error of a folder that cannot be read. */
export function unavailable(folder: string, cause: unknown): AndonError {
	return new AndonError(
		'CAMERA_UNAVAILABLE',
		{ expected: `a readable folder ${folder}`, found: messageOf(cause), fix: 'Check `path` and its permissions.' },
		{ cause },
	);
}

function stemOf(name: string): string {
	return name.slice(0, name.lastIndexOf('.'));
}
