/** The picture of one part while it is drawn: light in floats, where the part is, and how it lies under the camera. */

export interface Canvas {
	readonly width: number;
	readonly height: number;
	/** Pixels per unit; the part is designed in units, 128 of which span the shorter side. */
	readonly scale: number;
	/** Brightness, 0 = black, 1 = white of the sensor. */
	readonly light: Float32Array;
	/** 1 where a defect may lie (on the part, off its edges and holes), else 0. */
	readonly part: Uint8Array;
	/** 1 where there is a defect. */
	readonly truth: Uint8Array;
	readonly pose: Pose;
	/** Unit vector towards the light, in image coordinates (y down). */
	readonly lamp: { readonly x: number; readonly y: number };
}

/** Maps image pixels to the part's own coordinates, in units, with the origin at the part's centre. */
export interface Pose {
	/** Part coordinates at the centre of pixel (0, 0). */
	readonly u0: number;
	readonly v0: number;
	/** Change of (u, v) per pixel to the right; per pixel down it is (−dv, du). */
	readonly du: number;
	readonly dv: number;
}

/**
 * @param shiftX where the part's centre lies, in units from the image's centre
 * @param angle radians, clockwise
 */
export function poseOf(
	width: number,
	height: number,
	scale: number,
	shiftX: number,
	shiftY: number,
	angle: number,
): Pose {
	const du = Math.cos(angle) / scale;
	const dv = -Math.sin(angle) / scale;
	const x = width / 2 - 0.5 + shiftX * scale;
	const y = height / 2 - 0.5 + shiftY * scale;
	return { u0: -x * du + y * dv, v0: -x * dv - y * du, du, dv };
}
