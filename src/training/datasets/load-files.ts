/** Loads a sample whose image and mask are files. */
import { decodeImage, imageSize } from '../../imaging/decode-image.ts';
import { decodeMask } from '../../imaging/decode-mask.ts';
import type { LoadedSample, LoadOptions, Sample } from './dataset.ts';

/** @throws IMAGE_UNREADABLE, IMAGE_TOO_LARGE, MASK_SIZE_MISMATCH */
export async function loadFiles(sample: Sample, options: LoadOptions): Promise<LoadedSample> {
	const pixels = await decodeImage(sample.image, options);
	const { width, height } = pixels;
	if (options.withMasks === false) return { pixels, mask: undefined };
	if (!sample.defective) return { pixels, mask: { width, height, data: new Uint8Array(width * height) } };
	if (sample.mask === undefined) return { pixels, mask: undefined };
	const mask = await decodeMask(sample.mask, { imageSize: await imageSize(sample.image), width, height });
	return { pixels, mask };
}
