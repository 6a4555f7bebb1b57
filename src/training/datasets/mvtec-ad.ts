/** Layout `mvtec-ad`: sound parts to train on, defects only in `test`, masks beside them; dealt anew so that defects can be learnt. */
import { join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { isSoundClass } from '../../base/sound-class.ts';
import type { Layout, UnsplitSample } from './dataset.ts';
import { listFolders, listImages, stemOf } from './image-files.ts';

/**
 * MVTec AD (Bergmann et al. 2019), one category: `train/good`, `test/good`, `test/<defect>` and
 * `ground_truth/<defect>/<name>_mask.png`.
 *
 * Its own splits suit methods that never see a defect; a supervised trainer needs some in every split. So each defect
 * class is dealt over train, val and test (70/15/15), a part of `train/good` becomes val (10 %), and the sound parts of
 * `test` are those of `test/good`: no image that was published for training is ever tested on.
 */
export const mvtecAd: Layout = {
	description: 'train/good, test/<defect> and ground_truth/<defect>/<name>_mask.png',
	async detect(folder) {
		const folders = await listFolders(folder);
		return ['train', 'test', 'ground_truth'].every((name) => folders.includes(name));
	},
	async read(folder, { soundClass }) {
		const masks = await masksOf(folder);
		const samples: UnsplitSample[] = [];
		for (const id of await listImages(join(folder, 'train')))
			samples.push(readPart(folder, `train/${id}`, soundClass, masks));
		for (const id of await listImages(join(folder, 'test')))
			samples.push(readPart(folder, `test/${id}`, soundClass, masks));
		expectImages(folder, masks, samples);
		return { samples };
	},
};

/** Paths of the masks by the image they belong to: `scratch/003` for `ground_truth/scratch/003_mask.png`. */
async function masksOf(folder: string): Promise<Map<string, string>> {
	const files = await listImages(join(folder, 'ground_truth'));
	return new Map(
		files.map((file) => [stemOf(file).replace(/_mask$/, ''), join(folder, 'ground_truth', file)] as const),
	);
}

function readPart(
	folder: string,
	id: string,
	soundClass: string | undefined,
	masks: ReadonlyMap<string, string>,
): UnsplitSample {
	const [place, name] = id.split('/');
	const defective = !isSoundClass(name, soundClass);
	const part = { id, image: join(folder, id), class: name, defective, group: id };
	if (!defective) return place === 'test' ? { ...part, split: 'test' } : { ...part, notForTest: true };
	const mask = masks.get(stemOf(id.slice(place.length + 1)));
	if (mask !== undefined) return { ...part, mask };
	throw new AndonError('DATASET_INVALID', {
		expected: `a mask ground_truth/${stemOf(id.slice(place.length + 1))}_mask.png for ${join(folder, id)}`,
		found: 'none',
		fix: 'Unpack the category again; every defective part has its mask.',
	});
}

function expectImages(folder: string, masks: ReadonlyMap<string, string>, samples: readonly UnsplitSample[]): void {
	const used = new Set(samples.map(({ mask }) => mask));
	for (const [name, mask] of masks)
		if (!used.has(mask))
			throw new AndonError('MASK_WITHOUT_IMAGE', {
				expected: `an image test/${name} in ${folder} for ${mask}`,
				found: 'only the mask',
				fix: 'Add the image, or remove the mask.',
			});
}
