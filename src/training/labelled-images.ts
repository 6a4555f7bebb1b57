/** A split in memory, at the network's size: what fitting and scoring read. */

export interface LabelledSample {
	/** What the image is called, for reports. */
	readonly id: string;
	/** Images of the same part share it. */
	readonly group: string;
	readonly class: string;
	readonly defective: boolean;
}

export interface LabelledImages {
	readonly width: number;
	readonly height: number;
	readonly channels: 1 | 3;
	/** Raw bytes, uint8 [n, height, width, channels]. */
	readonly images: Uint8Array;
	/** Truth, 0 or 1, uint8 [n, height, width]. */
	readonly masks: Uint8Array;
	/** 0 where a defective image has no mask, so that its zeros in `masks` mean nothing; uint8 [n]. */
	readonly hasMask: Uint8Array;
	readonly samples: readonly LabelledSample[];
}

/** The bytes of one image; a view, not a copy. */
export function imageAt({ images, width, height, channels }: LabelledImages, index: number): Uint8Array {
	const size = width * height * channels;
	return images.subarray(index * size, (index + 1) * size);
}

/** The truth of one image; a view, not a copy. */
export function maskAt({ masks, width, height }: LabelledImages, index: number): Uint8Array {
	const size = width * height;
	return masks.subarray(index * size, (index + 1) * size);
}
