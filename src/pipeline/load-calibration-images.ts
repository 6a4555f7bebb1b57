/** Images to calibrate a quantization on: the train split of a dataset, or whatever images a folder holds. */
import { join } from 'node:path';
import { AndonError } from '../base/errors.ts';
import type { Manifest } from '../bundle/manifest.ts';
import { decodeImage } from '../imaging/decode-image.ts';
import { listImages } from '../training/datasets/image-files.ts';
import { openDataset } from '../training/datasets/index.ts';

/**
 * At most `count` images, spread evenly over what is there.
 *
 * @returns raw bytes, uint8[height,width,channels] each
 * @throws DATASET_MISSING, and DATASET_CLASS_EMPTY when there is no image at all
 */
export async function loadCalibrationImages(
	source: string,
	input: Manifest['input'],
	count: number,
): Promise<Uint8Array[]> {
	const loaders = await loadersOf(source, input);
	if (loaders.length === 0)
		throw new AndonError('DATASET_CLASS_EMPTY', {
			expected: `images to calibrate on in ${source}`,
			found: 'none',
			fix: 'Name a dataset or a folder of images like those the model was trained on.',
		});
	const wanted = Math.min(Math.max(1, Math.floor(count)), loaders.length);
	const images: Uint8Array[] = [];
	for (let i = 0; i < wanted; i++) images.push(await loaders[Math.floor((i * loaders.length) / wanted)]());
	return images;
}

async function loadersOf(source: string, input: Manifest['input']): Promise<(() => Promise<Uint8Array>)[]> {
	try {
		const dataset = await openDataset(source);
		const samples = dataset.samples.filter(({ split }) => split === 'train');
		return samples.map((sample) => async () => (await dataset.load(sample, input)).pixels.data);
	} catch (error) {
		// A folder that is no labelled dataset will do: calibration needs no labels.
		if (!(error instanceof AndonError) || !/^DATASET_(LAYOUT_UNKNOWN|ONE_SIDED)$/.test(error.code)) throw error;
		const paths = await listImages(source);
		return paths.map((path) => async () => (await decodeImage(join(source, path), input)).data);
	}
}
