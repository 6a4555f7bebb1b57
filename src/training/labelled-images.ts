/** A split in memory, at the network's size: what fitting and scoring read. */

export interface LabelledSample {
	/** What the image is called, for reports. */
	readonly id: string;
	/** Images of the same part share it. */
	readonly group: string;
	readonly class: string;
	/** Place of its class in `classes`. */
	readonly label: number;
	/** False of everything in a dataset without a sound class. */
	readonly defective: boolean;
}

export interface LabelledImages {
	readonly width: number;
	readonly height: number;
	readonly channels: 1 | 3;
	/** Raw bytes, uint8 [n, height, width, channels]. */
	readonly images: Uint8Array;
	/** Truth as labels, 0 = sound, uint8 [n, height, width]; empty when loaded without masks. */
	readonly masks: Uint8Array;
	/** 0 where an image has no mask, so that its zeros in `masks` mean nothing; uint8 [n]. */
	readonly hasMask: Uint8Array;
	readonly samples: readonly LabelledSample[];
	/** Class names by label: the sound class and then the defects, sorted; or all kinds, sorted. */
	readonly classes: readonly string[];
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
