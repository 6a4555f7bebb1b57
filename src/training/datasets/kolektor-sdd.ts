/** Layout `kolektor-sdd`: a folder per item with `PartN.jpg` and `PartN_label.bmp`; a part is defective iff its label is not empty. */
import { join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { decodeMask } from '../../imaging/decode-mask.ts';
import type { Layout, UnsplitSample } from './dataset.ts';
import { listFolders, listImages, stemOf } from './image-files.ts';
import { inParallel } from './in-parallel.ts';

const LABEL = /_label\.bmp$/i;

export const kolektorSdd: Layout = {
	description: 'a folder per item with PartN.jpg and PartN_label.bmp',
	async detect(folder) {
		const [first] = await listFolders(folder);
		return first !== undefined && (await listImages(join(folder, first))).some((file) => LABEL.test(file));
	},
	async read(folder) {
		const files = await listImages(folder);
		const labels = new Map(
			files.filter((file) => LABEL.test(file)).map((file) => [file.replace(LABEL, ''), file] as const),
		);
		const images = files.filter((file) => !LABEL.test(file));
		expectImages(folder, labels, images);
		return { samples: await inParallel(images, (image) => readPart(folder, image, labels.get(stemOf(image)))) };
	},
};

async function readPart(folder: string, id: string, label: string | undefined): Promise<UnsplitSample> {
	if (label === undefined)
		throw new AndonError('DATASET_INVALID', {
			expected: `a label ${stemOf(id)}_label.bmp beside ${join(folder, id)}`,
			found: 'none',
			fix: 'Add the label (all black when the part is sound), or remove the image.',
		});
	const mask = await decodeMask(join(folder, label));
	const defective = mask.data.includes(255);
	return {
		id,
		image: join(folder, id),
		mask: join(folder, label),
		class: defective ? 'defect' : 'ok',
		defective,
		group: id.split('/')[0],
	};
}

function expectImages(folder: string, labels: Map<string, string>, images: readonly string[]): void {
	const stems = new Set(images.map(stemOf));
	for (const [stem, label] of labels)
		if (!stems.has(stem))
			throw new AndonError('MASK_WITHOUT_IMAGE', {
				expected: `an image ${stem}.jpg for ${join(folder, label)}`,
				found: 'only the label',
				fix: 'Add the image, or remove the label.',
			});
}
