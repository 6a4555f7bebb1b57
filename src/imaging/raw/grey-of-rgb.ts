/**
 * Grey of coloured pixels, as libvips makes it of image files: luminance of the light itself (Rec. 709 weights on linear
 * sRGB, IEC 61966-2-1), so that a camera's frame and a stored picture of it are the same to a model.
 */

/** Bits of linear light: even near black a step of it is less than a level of grey. */
const BITS = 14;
const LIGHTS = 2 ** BITS;

const WEIGHTS = [0.2126, 0.7152, 0.0722];
/** A level's share of linear light, by channel. */
const [RED, GREEN, BLUE] = WEIGHTS.map((weight) =>
	Float32Array.from({ length: 256 }, (_, level) => weight * toLinear(level / 255) * (LIGHTS - 1)),
);
const LEVELS = Uint8Array.from({ length: LIGHTS }, (_, light) => Math.round(255 * toCoded(light / (LIGHTS - 1))));

/** @param rgb interleaved; one grey byte for each three goes to `grey` from `at` on */
export function greyOfRgb(rgb: Uint8Array, grey: Uint8Array, at: number): void {
	for (let from = 0; from < rgb.length; from += 3)
		grey[at++] = LEVELS[(RED[rgb[from]] + GREEN[rgb[from + 1]] + BLUE[rgb[from + 2]] + 0.5) | 0];
}

function toLinear(value: number): number {
	return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function toCoded(value: number): number {
	return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}
