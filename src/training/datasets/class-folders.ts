/** Layout `class-folders`: a folder per class, with or without masks of the same name (`X.jpg` + `X.png`) and folders of splits around. */
import { extname, join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { isSoundClass } from '../../base/sound-class.ts';
import type { DatasetOptions, Layout, Split, UnsplitSample } from './dataset.ts';
import { listFolders, listImages, stemOf } from './image-files.ts';

export const classFolders: Layout = {
	description: 'a folder per class, such as ok and scratch',
	async detect(folder) {
		return (await classesOf(folder)).length > 0;
	},
	async read(folder, options) {
		const parts = await Promise.all((await classesOf(folder)).map((place) => readClass(folder, place, options)));
		return { samples: parts.flat() };
	},
};

/** Folders that mean a split when a dataset has nothing else on top. */
const SPLIT_FOLDERS: ReadonlyMap<string, Split> = new Map([
	['train', 'train'],
	['training', 'train'],
	['val', 'val'],
	['valid', 'val'],
	['validation', 'val'],
	['test', 'test'],
	['testing', 'test'],
]);

/** Where a class lies: its folder, and its split when the dataset has a folder per split around the classes. */
interface ClassPlace {
	readonly path: string;
	readonly name: string;
	/** With `notForTest` still to be decided, see {@link UnsplitSample}. */
	readonly split?: Split;
	readonly notForTest?: boolean;
}

async function classesOf(folder: string): Promise<ClassPlace[]> {
	const folders = await listFolders(folder);
	if (!folders.every((name) => SPLIT_FOLDERS.has(name))) return folders.map((name) => ({ path: name, name }));
	const splits = new Set(folders.map((name) => SPLIT_FOLDERS.get(name)!));
	const places = await Promise.all(
		folders.map(async (split) =>
			(await listFolders(join(folder, split))).map((name) => ({
				path: `${split}/${name}`,
				name,
				...splitOf(SPLIT_FOLDERS.get(split)!, splits),
			})),
		),
	);
	return places.flat();
}

/** What a split's folder says of its images: without a folder for `val`, it is cut from train; a lone train is all there is. */
function splitOf(split: Split, splits: ReadonlySet<Split>): Pick<ClassPlace, 'split' | 'notForTest'> {
	if (split !== 'train' || splits.has('val')) return { split };
	return splits.has('test') ? { notForTest: true } : {};
}

async function readClass(folder: string, place: ClassPlace, options: DatasetOptions): Promise<UnsplitSample[]> {
	const files = await listImages(join(folder, place.path));
	if (files.length === 0)
		throw new AndonError('DATASET_CLASS_EMPTY', {
			expected: `images in ${join(folder, place.path)}`,
			found: 'none',
			fix: 'Add images of that class, or remove the folder.',
		});
	const masks = masksByStem(join(folder, place.path), files);
	const sound = isSoundClass(place.name, options.soundClass);
	return files
		.filter((file) => masks.get(stemOf(file)) !== file)
		.map((file) => {
			const id = `${place.path}/${file}`;
			const mask = masks.get(stemOf(file));
			return {
				id,
				image: join(folder, id),
				...(mask === undefined ? {} : { mask: join(folder, place.path, mask) }),
				class: place.name,
				defective: !sound,
				group: id,
				...(place.split ? { split: place.split } : {}),
				...(place.notForTest ? { notForTest: true } : {}),
			};
		});
}

/** The PNGs that lie beside an image of another type; where there is one, every other PNG must have its image too. */
function masksByStem(folder: string, files: readonly string[]): Map<string, string> {
	const isPng = (file: string) => extname(file).toLowerCase() === '.png';
	const images = new Set(files.filter((file) => !isPng(file)).map(stemOf));
	const masks = files.filter((file) => isPng(file) && images.has(stemOf(file)));
	const orphan = files.find((file) => isPng(file) && !images.has(stemOf(file)));
	if (masks.length > 0 && orphan !== undefined)
		throw new AndonError('MASK_WITHOUT_IMAGE', {
			expected: `an image of the same name beside ${join(folder, orphan)}, as ${masks[0]} has`,
			found: 'only the mask',
			fix: 'Add the image, or remove the mask.',
		});
	return new Map(masks.map((mask) => [stemOf(mask), mask]));
}
