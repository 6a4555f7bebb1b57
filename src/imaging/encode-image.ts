/** Pixels become image files: PNG where every value counts, JPEG for people to look at. */
import type { Mask, Pixels } from './pixels.ts';
import { sharp } from './sharp.ts';

export async function encodePng(image: Pixels | Mask): Promise<Uint8Array> {
	return raw(image).png({ compressionLevel: 6 }).toBuffer();
}

/** @param quality 1–100 */
export async function encodeJpeg(image: Pixels | Mask, quality = 85): Promise<Uint8Array> {
	return raw(image).jpeg({ quality }).toBuffer();
}

/**
 * Small files for pages. @param quality 1–100; @param largest pixels of the longer side, larger pictures are made smaller
 */
export async function encodeWebp(image: Pixels | Mask, { quality = 75, largest = 4096 } = {}): Promise<Uint8Array> {
	const size = { width: largest, height: largest, fit: 'inside', withoutEnlargement: true } as const;
	return raw(image).resize(size).webp({ quality }).toBuffer();
}

function raw(image: Pixels | Mask) {
	const channels = 'channels' in image ? image.channels : 1;
	const pipeline = sharp(image.data, { raw: { width: image.width, height: image.height, channels } });
	return channels === 1 ? pipeline.toColourspace('b-w') : pipeline;
}
