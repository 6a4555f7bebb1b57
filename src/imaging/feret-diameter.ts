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
	const lines = box.height + 1;
	const first = new Int32Array(lines).fill(2 ** 30);
	const last = new Int32Array(lines).fill(-1);
	for (const i of pixels) {
		const y = Math.floor(i / width);
		const x = i - y * width;
		for (const line of [y - box.y, y - box.y + 1]) {
			if (x < first[line]) first[line] = x;
			if (x + 1 > last[line]) last[line] = x + 1;
		}
	}
	return [...chain(first, -1), ...chain(last, 1)];
}

/** The left (−1) or right (1) side of the hull from top to bottom (Andrew's monotone chain). */
function chain(xs: Int32Array, side: 1 | -1): Point[] {
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
