/** How long a region is: its largest Feret diameter, from the convex hull of its pixels. */
import type { Component } from './connected-components.ts';

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
	const { hull, end } = hullCorners(component, width);
	let largest = 0;
	for (let i = 0; i < end; i += 2)
		for (let j = 0; j < i; j += 2) {
			const dx = (hull[i] - hull[j]) * scale.x;
			const dy = (hull[i + 1] - hull[j + 1]) * scale.y;
			largest = Math.max(largest, dx * dx + dy * dy);
		}
	return Math.sqrt(largest);
}

/** Corners of the convex hull as x, y, x, y, … up to `end`, valid until the next call; there are few: a lattice hull n pixels wide has about n^⅔. */
function hullCorners({ box, pixels }: Pick<Component, 'box' | 'pixels'>, width: number) {
	const { height } = box;
	const { first, last, left, right, hull } = scratchFor(height);
	first.fill(2 ** 30, 0, height);
	last.fill(-1, 0, height);
	for (const i of pixels) {
		const y = Math.floor(i / width);
		const x = i - y * width;
		const row = y - box.y;
		if (x < first[row]) first[row] = x;
		if (x > last[row]) last[row] = x;
	}
	// The corners on a line between two rows are those of the row above it or of the row beneath.
	for (let line = 0; line <= height; line++) {
		const above = Math.max(0, line - 1);
		const beneath = Math.min(line, height - 1);
		left[line] = Math.min(first[above], first[beneath]);
		right[line] = Math.max(last[above], last[beneath]) + 1;
	}
	const lines = height + 1;
	const end = chain(right, lines, 1, hull, chain(left, lines, -1, hull, 0));
	return { hull, end };
}

/** A mask may have hundreds of small regions: they share the memory that one of them needs. */
let scratch = makeScratch(64);

function makeScratch(height: number) {
	const make = (length: number) => new Int32Array(length);
	const [first, last, left, right] = [height, height, height + 1, height + 1].map(make);
	return { height, first, last, left, right, hull: make(4 * (height + 1)) };
}

function scratchFor(height: number): typeof scratch {
	if (height > scratch.height) scratch = makeScratch(2 * height);
	return scratch;
}

/**
 * The left (−1) or right (1) side of the hull from top to bottom (Andrew's monotone chain), into `hull` from a place on.
 *
 * @returns where it ends
 */
function chain(xs: Int32Array, lines: number, side: 1 | -1, hull: Int32Array, start: number): number {
	let end = start;
	for (let y = 0; y < lines; y++) {
		while (end - start > 2 && turn(hull, end - 4, xs[y], y) * side <= 0) end -= 2;
		hull[end++] = xs[y];
		hull[end++] = y;
	}
	return end;
}

/** Twice the signed area of the triangle: positive when b, the second corner, lies to the right of the way down from a to c. */
function turn(corners: Int32Array, a: number, cx: number, cy: number): number {
	const ax = corners[a];
	const ay = corners[a + 1];
	return (corners[a + 2] - ax) * (cy - ay) - (corners[a + 3] - ay) * (cx - ax);
}
