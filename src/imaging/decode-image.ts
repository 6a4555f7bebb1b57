/** Image files and camera frames become pixels of a known size here: the only resizing there is, for bench and station. */
import { readFile } from 'node:fs/promises';
import { AndonError, type ErrorFacts, messageOf } from '../base/errors.ts';
import { bmpSize, decodeBmp, isBmp } from './decode-bmp.ts';
import type { Pixels } from './pixels.ts';
import { sharp } from './sharp.ts';

export interface DecodeOptions {
	/** 1 = grey, 3 = RGB; an alpha channel is dropped, 16-bit samples keep their high byte. */
	readonly channels: 1 | 3;
	/** Size wanted; both or neither. The image is stretched to it. */
	readonly width?: number;
	readonly height?: number;
	/** Refuse larger images (width · height of the file), since a small file can unpack to gigabytes. */
	readonly maxPixels?: number;
}

/** Enough for a 64-megapixel sensor. */
const MAX_PIXELS = 2 ** 26;

/** Triangle filter whose support grows with the reduction (what PIL calls BILINEAR): cheap and without aliasing. */
const KERNEL = 'linear';

/**
 * Decodes JPEG, PNG, WebP, TIFF, GIF, AVIF or BMP.
 *
 * Bytes are taken as stored: an EXIF orientation is not applied (masks belong to the stored pixels) and colour profiles are
 * ignored (cameras deliver plain bytes).
 *
 * @param source path or the file's bytes
 * @throws IMAGE_UNREADABLE, IMAGE_TOO_LARGE
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions): Promise<Pixels> {
	const bytes = typeof source === 'string' ? await readImage(source) : source;
	const maxPixels = options.maxPixels ?? MAX_PIXELS;
	try {
		if (isBmp(bytes)) return await fitPixels(decodeBmp(bytes, maxPixels), options);
		return await extract(sharp(bytes, { limitInputPixels: maxPixels, autoOrient: false, ignoreIcc: true }), options);
	} catch (cause) {
		throw decodeError(cause, typeof source === 'string' ? source : 'the image', maxPixels);
	}
}

/** The size of an image file, from its header. @throws IMAGE_UNREADABLE */
export async function imageSize(source: string | Uint8Array): Promise<{ width: number; height: number }> {
	const bytes = typeof source === 'string' ? await readImage(source) : source;
	try {
		if (isBmp(bytes)) return bmpSize(bytes);
		const { width, height } = await sharp(bytes, { limitInputPixels: false, autoOrient: false }).metadata();
		return { width, height };
	} catch (cause) {
		throw decodeError(cause, typeof source === 'string' ? source : 'the image', 0);
	}
}

/** Stretches raw pixels (a camera frame) with the kernel of {@link decodeImage}; the same pixels when they already fit. */
export async function resizePixels(pixels: Pixels, width: number, height: number): Promise<Pixels> {
	return fitPixels(pixels, { channels: pixels.channels, width, height });
}

/** Raw pixels in the number of channels and the size wanted, exactly as {@link decodeImage} would have given them. */
export async function fitPixels(
	pixels: Pixels,
	{ channels, width = pixels.width, height = pixels.height }: Omit<DecodeOptions, 'maxPixels'>,
): Promise<Pixels> {
	if (pixels.channels === channels && pixels.width === width && pixels.height === height) return pixels;
	const raw = { width: pixels.width, height: pixels.height, channels: pixels.channels };
	return extract(sharp(pixels.data, { raw, limitInputPixels: false }), { channels, width, height });
}

async function extract(image: ReturnType<typeof sharp>, { channels, width, height }: DecodeOptions): Promise<Pixels> {
	let pipeline = image.removeAlpha().toColourspace(channels === 1 ? 'b-w' : 'srgb');
	if (channels === 1) pipeline = pipeline.greyscale();
	if (width !== undefined && height !== undefined)
		pipeline = pipeline.resize({ width, height, fit: 'fill', kernel: KERNEL, fastShrinkOnLoad: false });
	const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
	if (info.channels !== channels) throw new Error(`the decoder gave ${info.channels} channels, not ${channels}`);
	return {
		width: info.width,
		height: info.height,
		channels,
		data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
	};
}

async function readImage(path: string): Promise<Uint8Array> {
	try {
		return await readFile(path);
	} catch (cause) {
		throw unreadable({ expected: `an image file at ${path}`, found: messageOf(cause), fix: 'Check the path.' }, cause);
	}
}

function decodeError(cause: unknown, name: string, maxPixels: number): AndonError {
	if (cause instanceof AndonError) return cause;
	const found = messageOf(cause);
	if (/pixel limit/i.test(found))
		return new AndonError(
			'IMAGE_TOO_LARGE',
			{
				expected: `${name} to have at most ${maxPixels} pixels`,
				found: 'more',
				fix: 'Scale the image down, or raise the limit if the sensor really is that large.',
			},
			{ cause },
		);
	return unreadable({ expected: `${name} to be a whole image`, found, fix: 'Export or copy the file again.' }, cause);
}

function unreadable(facts: ErrorFacts, cause: unknown): AndonError {
	return new AndonError('IMAGE_UNREADABLE', facts, { cause });
}
