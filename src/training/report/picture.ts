/** Pixels as pictures that live inside the page. */
import { encodeWebp } from '../../imaging/encode-image.ts';
import type { Mask, Pixels } from '../../imaging/pixels.ts';
import { sharp } from '../../imaging/sharp.ts';
import type { Picture } from './report-data.ts';

/** @param largest pixels of the longer side, at most */
export async function pictureOf(image: Pixels | Mask, largest: number): Promise<Picture> {
	return embed(await encodeWebp(image, { largest }));
}

/** An image file, made as wide as `width` at most. */
export async function pictureOfFile(path: string, width: number): Promise<Picture> {
	return embed(await sharp(path).resize({ width, withoutEnlargement: true }).webp({ quality: 75 }).toBuffer());
}

async function embed(webp: Uint8Array): Promise<Picture> {
	const { width, height } = await sharp(webp).metadata();
	return { src: `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`, width, height };
}
