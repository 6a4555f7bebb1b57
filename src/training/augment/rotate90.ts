/** Turns a square sample by a random number of quarter turns: right where the part's direction means nothing. */
import { z } from 'zod';
import { augmentation } from './augmentation.ts';

const options = z.strictObject({
	/** Probability of turning at all; the three turns are equally likely. */
	probability: z.number().min(0).max(1).default(0.75),
});

/** @throws TypeError for samples that are not square */
export const rotate90 = augmentation(options, ({ probability }, { width, height, channels }) => {
	if (width !== height) throw new TypeError(`rotate90 needs square samples, not ${width} × ${height}`);
	const spare = new Float32Array(width * height * channels);
	return (image, mask, random) => {
		if (!random.chance(probability)) return;
		const turns = 1 + random.integer(3);
		turn(image, spare, width, channels, turns);
		turn(mask, spare, width, 1, turns);
	};
});

/** Clockwise by `turns` quarters: (x, y) comes from start + x · alongX + y · alongY. */
function turn(data: Float32Array, spare: Float32Array, side: number, channels: number, turns: number): void {
	spare.set(data);
	const last = side * side - 1;
	const row = side;
	const [start, alongX, alongY] = [
		[0, 1, row],
		[last - side + 1, -row, 1],
		[last, -1, -row],
		[side - 1, row, -1],
	][turns];
	for (let y = 0, i = 0; y < side; y++)
		for (let x = 0, from = (start + y * alongY) * channels; x < side; x++, from += alongX * channels)
			for (let c = 0; c < channels; c++) data[i++] = spare[from + c];
}
