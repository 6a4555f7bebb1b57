/** Maps of probabilities in another size, for pictures of them. */

interface Size {
	readonly width: number;
	readonly height: number;
}

/** Bilinear between pixel centres; at the border the nearest value. */
export function stretchMap(values: Float32Array, from: Size, to: Size): Float32Array {
	if (from.width === to.width && from.height === to.height) return values;
	const columns = neighbours(from.width, to.width);
	const rows = neighbours(from.height, to.height);
	const stretched = new Float32Array(to.width * to.height);
	rows.forEach(({ first: top, second: bottom, share: down }, y) => {
		const at = (row: number, column: number) => values[row * from.width + column];
		columns.forEach(({ first: left, second: right, share: across }, x) => {
			const above = at(top, left) * (1 - across) + at(top, right) * across;
			const below = at(bottom, left) * (1 - across) + at(bottom, right) * across;
			stretched[y * to.width + x] = above * (1 - down) + below * down;
		});
	});
	return stretched;
}

/** For each place of a line of `to` pixels the two of `from` pixels that it lies between, and how far towards the second. */
function neighbours(from: number, to: number) {
	return Array.from({ length: to }, (_, i) => {
		const place = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
		const first = Math.floor(place);
		return { first, second: Math.min(from - 1, first + 1), share: place - first };
	});
}
