/** Decoded pixels, as cameras and decoders hand them over and as models take them. */

export interface Pixels {
	readonly width: number;
	readonly height: number;
	/** 1 = grey, 3 = RGB. */
	readonly channels: 1 | 3;
	/** Row-major, channels interleaved (HWC): width · height · channels bytes. */
	readonly data: Uint8Array;
}

/** A mask of the same layout as a one-channel image: 0 = sound, 255 = defect. */
export interface Mask {
	readonly width: number;
	readonly height: number;
	readonly data: Uint8Array;
}
