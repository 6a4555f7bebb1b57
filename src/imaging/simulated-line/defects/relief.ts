/** Outlines as distance fields, carved into the picture and lit from the side: shared by scratches, cracks, pits and dust. */
import type { Canvas } from '../canvas.ts';

/** Signed distance to an outline, in pixels (negative inside), valid inside the box; FAR elsewhere. */
export interface Relief {
	readonly distance: Float32Array;
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** Half width in pixels below which a line's mask would have gaps. */
export const THINNEST = 0.55;

const FAR = 1e6;
/** Pixels around an outline that its lit lip still reaches. */
const MARGIN = 4;

export function emptyRelief({ width, height }: Canvas): Relief {
	return { distance: new Float32Array(width * height).fill(FAR), left: width, top: height, right: -1, bottom: -1 };
}

/** Joins a line from (x1, y1) to (x2, y2), thick by `r1` and `r2` to each side, to the outline. All in pixels. */
export function addCapsule(
	canvas: Canvas,
	relief: Relief,
	x1: number,
	y1: number,
	r1: number,
	x2: number,
	y2: number,
	r2: number,
): void {
	const { width, height } = canvas;
	const reach = Math.max(r1, r2) + MARGIN;
	const left = Math.max(0, Math.floor(Math.min(x1, x2) - reach));
	const right = Math.min(width - 1, Math.ceil(Math.max(x1, x2) + reach));
	const top = Math.max(0, Math.floor(Math.min(y1, y2) - reach));
	const bottom = Math.min(height - 1, Math.ceil(Math.max(y1, y2) + reach));
	const dx = x2 - x1;
	const dy = y2 - y1;
	const perLength = 1 / (dx * dx + dy * dy + 1e-9);
	for (let y = top; y <= bottom; y++)
		for (let x = left, i = y * width + left; x <= right; x++, i++) {
			const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) * perLength));
			const ox = x - x1 - along * dx;
			const oy = y - y1 - along * dy;
			const d = Math.sqrt(ox * ox + oy * oy) - r1 - (r2 - r1) * along;
			if (d < relief.distance[i]) relief.distance[i] = d;
		}
	grow(relief, left, top, right, bottom);
}

/**
 * Joins a lumpy disc to the outline.
 *
 * @param radius in pixels, at angles 0, 2π/n, …; smooth between
 */
export function addBlob(canvas: Canvas, relief: Relief, cx: number, cy: number, radius: Float32Array): void {
	const { width, height } = canvas;
	let reach = MARGIN;
	for (const r of radius) reach = Math.max(reach, r + MARGIN);
	const left = Math.max(0, Math.floor(cx - reach));
	const right = Math.min(width - 1, Math.ceil(cx + reach));
	const top = Math.max(0, Math.floor(cy - reach));
	const bottom = Math.min(height - 1, Math.ceil(cy + reach));
	const n = radius.length;
	for (let y = top; y <= bottom; y++)
		for (let x = left, i = y * width + left; x <= right; x++, i++) {
			const turn = (Math.atan2(y - cy, x - cx) / (2 * Math.PI) + 1) * n;
			const k = Math.floor(turn);
			let f = turn - k;
			f = f * f * (3 - 2 * f);
			const outline = radius[k % n] + (radius[(k + 1) % n] - radius[k % n]) * f;
			const d = Math.sqrt((x - cx) * (x - cx) + (y - cy) * (y - cy)) - outline;
			if (d < relief.distance[i]) relief.distance[i] = d;
		}
	grow(relief, left, top, right, bottom);
}

export interface Carving {
	/** Share of the light that is lost inside; negative: brighter. */
	readonly depth: number;
	/** How strongly the walls answer the lamp: the far wall is lit, the near one dark. */
	readonly wall: number;
	/** Brightness of the raised lip on the far side. */
	readonly lip: number;
	/** Pixels over which the outline fades. */
	readonly softness: number;
}

/** Carves the outline into the light where the part is; marks it as truth unless it is harmless. */
export function carve(canvas: Canvas, relief: Relief, carving: Carving, harmless = false): void {
	const { width, light, part, truth, lamp } = canvas;
	const { distance } = relief;
	const right = Math.min(relief.right, width - 2);
	const bottom = Math.min(relief.bottom, canvas.height - 2);
	for (let y = Math.max(relief.top, 1); y <= bottom; y++)
		for (let x = Math.max(relief.left, 1), i = y * width + x; x <= right; x++, i++) {
			const d = distance[i];
			if (d > MARGIN || (part[i] === 0 && !harmless)) continue;
			const dx = slope(distance[i + 1], distance[i - 1]);
			const dy = slope(distance[i + width], distance[i - width]);
			const facing = dx * lamp.x + dy * lamp.y;
			const inside = Math.min(1, Math.max(0, 0.5 - d / carving.softness));
			const lip = Math.exp(-(d - 0.8) * (d - 0.8)) * (1 - inside);
			const shade = 1 - inside * (carving.depth + carving.wall * facing) - lip * carving.lip * facing;
			light[i] *= Math.max(shade, 0.05);
			if (d <= 0 && !harmless) truth[i] = 1;
		}
}

function slope(after: number, before: number): number {
	return after === FAR || before === FAR ? 0 : (after - before) / 2;
}

function grow(relief: Relief, left: number, top: number, right: number, bottom: number): void {
	relief.left = Math.min(relief.left, left);
	relief.top = Math.min(relief.top, top);
	relief.right = Math.max(relief.right, right);
	relief.bottom = Math.max(relief.bottom, bottom);
}
