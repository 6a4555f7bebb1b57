/** Which pixels of a defect mask hang together: each region with its box, size and certainty, at a bounded cost. */

export interface Component {
	/** Smallest box around the region, in pixels. */
	readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
	readonly areaPx: number;
	/** Largest and mean value of the region. */
	readonly peak: number;
	readonly mean: number;
	/** Indices of its pixels, row by row from 0 at the top left, in no order. */
	readonly pixels: Uint32Array;
}

export interface Components {
	/** Largest first. */
	readonly largest: readonly Component[];
	/** Of all regions, those beyond the limit too. */
	readonly count: number;
}

/**
 * Regions of pixels above `threshold` that touch by an edge or a corner (8-connected).
 *
 * Time and memory grow with the number of pixels above the threshold, whatever they look like; only the `limit` largest
 * regions are measured.
 *
 * @param values probabilities (or any levels) of `width` · `height` pixels, row by row; at most 2²⁶ of them
 */
export function connectedComponents(
	values: Float32Array | Uint8Array,
	width: number,
	height: number,
	threshold: number,
	limit = Number.POSITIVE_INFINITY,
): Components {
	const { members, ends } = flood(values, width, height, threshold);
	const ranges = largestRanges(ends, limit);
	const largest = ranges.map(([from, to]) => measure(members.subarray(from, to), values, width));
	return { largest, count: ends.length };
}

/**
 * @returns `members`: the pixels above the threshold, region by region; `ends`: where in it each region ends
 */
function flood(values: Float32Array | Uint8Array, width: number, height: number, threshold: number) {
	const above = indicesAbove(values, width * height, threshold);
	const members = new Uint32Array(above.length);
	const ends: number[] = [];
	if (above.length === 0) return { members, ends };
	const seen = unseen(width * height);
	// What is found but not looked around yet lies between `next` and `end`: the list is its own queue.
	let end = 0;
	for (const start of above) {
		if (seen[start] === 1) continue;
		let next = end;
		seen[start] = 1;
		members[end++] = start;
		while (next < end) {
			const i = members[next++];
			const y = Math.floor(i / width);
			const x = i - y * width;
			const firstX = x > 0 ? -1 : 0;
			const lastX = x < width - 1 ? 1 : 0;
			const lastY = y < height - 1 ? width : 0;
			for (let dy = y > 0 ? -width : 0; dy <= lastY; dy += width)
				for (let dx = firstX; dx <= lastX; dx++) {
					const near = i + dy + dx;
					if (seen[near] === 1 || !(values[near] > threshold)) continue;
					seen[near] = 1;
					members[end++] = near;
				}
		}
		ends.push(end);
	}
	for (const i of members) seen[i] = 0;
	return { members, ends };
}

let marks = new Uint8Array(0);

/** Zeros, to be left as zeros: a map of the whole image is not made anew for every part. */
function unseen(size: number): Uint8Array {
	if (marks.length < size) marks = new Uint8Array(size);
	return marks;
}

/** Most masks are nearly empty, and looking is what costs: eight values at a time. */
function indicesAbove(values: Float32Array | Uint8Array, size: number, threshold: number): Uint32Array {
	const mayBeAbove = looker(values, threshold);
	let found = new Uint32Array(1024);
	let count = 0;
	for (let block = 0; block < size; block += BLOCK) {
		const end = Math.min(block + BLOCK, size);
		if (end === block + BLOCK && !mayBeAbove(block)) continue;
		if (count + BLOCK > found.length) found = grown(found);
		for (let i = block; i < end; i++) if (values[i] > threshold) found[count++] = i;
	}
	return found.subarray(0, count);
}

const BLOCK = 8;

/**
 * Whether one of the eight values from a place on may be above the threshold. Floats that are not negative are in the order
 * of their bits, and those compare without a branch; a threshold that is no such float gives no answer.
 */
function looker(values: Float32Array | Uint8Array, threshold: number): (from: number) => boolean {
	const limit = new Int32Array(Float32Array.of(threshold).buffer)[0];
	if (values instanceof Uint8Array || Math.fround(threshold) !== threshold || limit < 0) return () => true;
	const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
	return (i) =>
		((limit - bits[i]) |
			(limit - bits[i + 1]) |
			(limit - bits[i + 2]) |
			(limit - bits[i + 3]) |
			(limit - bits[i + 4]) |
			(limit - bits[i + 5]) |
			(limit - bits[i + 6]) |
			(limit - bits[i + 7])) <
		0;
}

function grown(found: Uint32Array): Uint32Array<ArrayBuffer> {
	const larger = new Uint32Array(4 * found.length);
	larger.set(found);
	return larger;
}

/** Area and place in one number each, so that hundreds of thousands of specks are sorted as plain numbers. */
const PLACES = 2 ** 26;

/** Largest first; of equal ones the upper left first. */
function largestRanges(ends: readonly number[], limit: number): (readonly [from: number, to: number])[] {
	const start = (k: number) => (k === 0 ? 0 : ends[k - 1]);
	const keys = Float64Array.from(ends, (end, k) => (end - start(k)) * PLACES + (PLACES - 1 - k)).sort();
	return Array.from(keys.subarray(Math.max(0, keys.length - limit)).reverse(), (key) => {
		const k = PLACES - 1 - (key % PLACES);
		return [start(k), ends[k]] as const;
	});
}

function measure(pixels: Uint32Array, values: Float32Array | Uint8Array, width: number): Component {
	let left = width;
	let right = 0;
	let top = Number.POSITIVE_INFINITY;
	let bottom = 0;
	let peak = Number.NEGATIVE_INFINITY;
	let sum = 0;
	for (const i of pixels) {
		const y = Math.floor(i / width);
		const x = i - y * width;
		if (x < left) left = x;
		if (x > right) right = x;
		if (y < top) top = y;
		if (y > bottom) bottom = y;
		sum += values[i];
		if (values[i] > peak) peak = values[i];
	}
	const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
	return { box, areaPx: pixels.length, peak, mean: sum / pixels.length, pixels };
}
