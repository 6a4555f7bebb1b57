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

function raw(image: Pixels | Mask) {
	const channels = 'channels' in image ? image.channels : 1;
	const pipeline = sharp(image.data, { raw: { width: image.width, height: image.height, channels } });
	return channels === 1 ? pipeline.toColourspace('b-w') : pipeline;
}
