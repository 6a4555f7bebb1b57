/** How long a region is: its largest Feret diameter, from the convex hull of its pixels. */
import type { Component } from './connected-components.ts';

type Point = readonly [x: number, y: number];

/**
 * The largest distance between two points of the region, pixels taken as squares from corner to corner: one pixel is √2
 * long, a row of n pixels √(n² + 1).
 *
 * @param width of the map that the region lies in, in pixels
 * @param scale length of a pixel along x and y, in any unit; the result is in that unit
 */
export function feretDiameter(
	component: Pick<Component, 'box' | 'pixels'>,
	width: number,
	scale: { readonly x: number; readonly y: number } = { x: 1, y: 1 },
): number {
	// The hull of a stretched shape is the stretched hull, so corners are enough whatever the scale.
	const hull = hullCorners(component, width);
	let largest = 0;
	for (let i = 0; i < hull.length; i++)
		for (let j = 0; j < i; j++) {
			const dx = (hull[i][0] - hull[j][0]) * scale.x;
			const dy = (hull[i][1] - hull[j][1]) * scale.y;
			largest = Math.max(largest, dx * dx + dy * dy);
		}
	return Math.sqrt(largest);
}

/** Corners of the convex hull; there are few: a lattice hull n pixels wide has about n^⅔. */
function hullCorners({ box, pixels }: Pick<Component, 'box' | 'pixels'>, width: number): Point[] {
	const first = new Int32Array(box.height).fill(2 ** 30);
	const last = new Int32Array(box.height).fill(-1);
	for (const i of pixels) {
		const y = Math.floor(i / width);
		const x = i - y * width;
		const row = y - box.y;
		if (x < first[row]) first[row] = x;
		if (x > last[row]) last[row] = x;
	}
	// The corners on a line between two rows are those of the row above it or of the row beneath.
	const lines = Array.from({ length: box.height + 1 }, (_, line) => [
		Math.max(0, line - 1),
		Math.min(line, box.height - 1),
	]);
	const left = lines.map(([above, beneath]) => Math.min(first[above], first[beneath]));
	const right = lines.map(([above, beneath]) => Math.max(last[above], last[beneath]) + 1);
	return [...chain(left, -1), ...chain(right, 1)];
}

/** The left (−1) or right (1) side of the hull from top to bottom (Andrew's monotone chain). */
function chain(xs: readonly number[], side: 1 | -1): Point[] {
	const kept: Point[] = [];
	for (let y = 0; y < xs.length; y++) {
		while (kept.length > 1 && turn(kept.at(-2)!, kept.at(-1)!, [xs[y], y]) * side <= 0) kept.pop();
		kept.push([xs[y], y]);
	}
	return kept;
}

/** Twice the signed area of the triangle: positive when b lies to the right of the way down from a to c. */
function turn([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number {
	return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}
