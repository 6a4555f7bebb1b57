/** Raw camera images as pixels in the channels of a model. */
import { AndonError } from '../base/errors.ts';
import type { Pixels } from './pixels.ts';
import type { RawImage } from './raw-image.ts';
import { lumaOf } from './raw-luma.ts';

/**
 * @param into is written and becomes the pixels' data, where it has their size: width · height · channels bytes
 * @throws FRAME_BROKEN when the format cannot be converted to these channels
 */
export function convertRaw(image: RawImage, channels: 1 | 3, into?: Uint8Array): Pixels {
	const { width, height, format } = image;
	const data = into?.length === width * height * channels ? into : new Uint8Array(width * height * channels);
	if (channels === 1 && format === 'Mono8') copyRows(image, width, data);
	else if (channels === 3 && format === 'RGB8') copyRows(image, 3 * width, data);
	else if (channels === 1) toGrey(image, data);
	else throw unsupported(image, channels);
	return { width, height, channels, data };
}

function copyRows({ data, stride, height }: RawImage, bytes: number, into: Uint8Array): void {
	if (stride === bytes) into.set(data.subarray(0, bytes * height));
	else for (let y = 0; y < height; y++) into.set(data.subarray(y * stride, y * stride + bytes), y * bytes);
}

function toGrey(image: RawImage, into: Uint8Array): void {
	const luma = lumaOf(image);
	for (let y = 0, i = 0; y < image.height; y++) for (let x = 0; x < image.width; x++, i++) into[i] = luma(x, y);
}

function unsupported({ format }: RawImage, channels: number): AndonError {
	return new AndonError('FRAME_BROKEN', {
		expected: `an image that can be converted to ${channels} channels`,
		found: format,
		fix: 'Choose another pixel format of the camera.',
	});
}
