/** Ground-truth masks: a grey value above 127 is defect; resized by nearest neighbour so that no half-defect appears. */
import { AndonError } from '../base/errors.ts';
import { decodeImage } from './decode-image.ts';
import type { Mask, Pixels } from './pixels.ts';

export interface MaskOptions {
	/** Size of the image that the mask belongs to; another size is an error. */
	readonly imageSize?: { readonly width: number; readonly height: number };
	/** Size wanted; both or neither. */
	readonly width?: number;
	readonly height?: number;
	readonly maxPixels?: number;
}

/**
 * @param source path or the file's bytes
 * @throws MASK_SIZE_MISMATCH when the mask is not as large as its image, IMAGE_UNREADABLE, IMAGE_TOO_LARGE
 */
export async function decodeMask(source: string | Uint8Array, options: MaskOptions = {}): Promise<Mask> {
	const grey = await decodeImage(source, { channels: 1, maxPixels: options.maxPixels });
	const { imageSize } = options;
	if (imageSize && (imageSize.width !== grey.width || imageSize.height !== grey.height))
		throw new AndonError('MASK_SIZE_MISMATCH', {
			expected: `mask ${typeof source === 'string' ? source : ''} of ${imageSize.width} × ${imageSize.height} pixels, like its image`,
			found: `${grey.width} × ${grey.height}`,
			fix: 'Export the mask at the size of the image, without cropping or scaling.',
		});
	const mask = threshold(grey);
	return resizeMask(mask, options.width ?? mask.width, options.height ?? mask.height);
}

/** Nearest neighbour, sampled at pixel centres. */
export function resizeMask(mask: Mask, width: number, height: number): Mask {
	if (mask.width === width && mask.height === height) return mask;
	const data = new Uint8Array(width * height);
	const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * mask.width) / width));
	for (let y = 0; y < height; y++) {
		const row = Math.floor(((y + 0.5) * mask.height) / height) * mask.width;
		for (let x = 0; x < width; x++) data[y * width + x] = mask.data[row + columns[x]];
	}
	return { width, height, data };
}

function threshold({ width, height, data: grey }: Pixels): Mask {
	const data = new Uint8Array(grey.length);
	for (let i = 0; i < grey.length; i++) data[i] = grey[i] > 127 ? 255 : 0;
	return { width, height, data };
}
