/** Which pixels of a defect mask hang together: each region with its box, size and certainty. */

export interface Component {
	/** Smallest box around the region, in pixels. */
	readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
	readonly areaPx: number;
	/** Largest and mean value of the region. */
	readonly peak: number;
	readonly mean: number;
}

/**
 * Regions of pixels above `threshold` that touch by an edge or a corner, largest first.
 *
 * @param values probabilities (or any levels) of `width` · `height` pixels, row by row
 */
export function connectedComponents(
	values: Float32Array | Uint8Array,
	width: number,
	height: number,
	threshold: number,
): Component[] {
	const seen = new Uint8Array(width * height);
	const components: Component[] = [];
	// Grows to the largest region only; most frames have none.
	const stack: number[] = [];
	for (let start = 0; start < seen.length; start++)
		if (seen[start] === 0 && values[start] > threshold)
			components.push(flood(values, width, height, threshold, start, seen, stack));
	return components.sort((a, b) => b.areaPx - a.areaPx);
}

function flood(
	values: Float32Array | Uint8Array,
	width: number,
	height: number,
	threshold: number,
	start: number,
	seen: Uint8Array,
	stack: number[],
): Component {
	let left = width;
	let right = 0;
	let top = height;
	let bottom = 0;
	let areaPx = 0;
	let peak = -Infinity;
	let sum = 0;
	stack.push(start);
	seen[start] = 1;
	while (stack.length > 0) {
		const i = stack.pop()!;
		const y = Math.floor(i / width);
		const x = i - y * width;
		if (x < left) left = x;
		if (x > right) right = x;
		if (y < top) top = y;
		if (y > bottom) bottom = y;
		areaPx++;
		sum += values[i];
		if (values[i] > peak) peak = values[i];
		const firstX = x > 0 ? -1 : 0;
		const lastX = x < width - 1 ? 1 : 0;
		const lastY = y < height - 1 ? width : 0;
		for (let dy = y > 0 ? -width : 0; dy <= lastY; dy += width)
			for (let dx = firstX; dx <= lastX; dx++) {
				const next = i + dy + dx;
				if (seen[next] === 1 || !(values[next] > threshold)) continue;
				seen[next] = 1;
				stack.push(next);
			}
	}
	const box = { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
	return { box, areaPx, peak, mean: sum / areaPx };
}
