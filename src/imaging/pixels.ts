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

/** A copy with three channels. */
export function toRgb({ width, height, channels, data }: Pixels): Pixels {
	if (channels === 3) return { width, height, channels, data: data.slice() };
	const rgb = new Uint8Array(3 * data.length);
	for (let i = 0; i < data.length; i++) rgb.fill(data[i], 3 * i, 3 * i + 3);
	return { width, height, channels: 3, data: rgb };
}
