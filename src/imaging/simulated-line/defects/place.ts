/** Where a defect may go: somewhere on the part, with room around it. */
import type { Random } from '../../../base/random.ts';
import type { Canvas } from '../canvas.ts';

export interface Place {
	/** Pixels. */
	readonly x: number;
	readonly y: number;
}

/** A place on the part whose surroundings (four points at `room` units) are on the part too, or as many as can be had. */
export function findPlace(canvas: Canvas, room: number, random: Random): Place {
	let best = { x: canvas.width / 2, y: canvas.height / 2 };
	let bestFit = -1;
	for (let tries = 0; tries < 60 && bestFit < 5; tries++) {
		const place = { x: random.between(3, canvas.width - 4), y: random.between(3, canvas.height - 4) };
		const fit = fitOf(canvas, place, room * canvas.scale);
		if (fit <= bestFit) continue;
		best = place;
		bestFit = fit;
	}
	return best;
}

export function onPart({ width, height, part }: Canvas, x: number, y: number): boolean {
	const column = Math.round(x);
	const row = Math.round(y);
	return column >= 0 && row >= 0 && column < width && row < height && part[row * width + column] === 1;
}

/** −1 when the place itself is off the part, else 1 + how many of its four surroundings are on it. */
function fitOf(canvas: Canvas, { x, y }: Place, room: number): number {
	if (!onPart(canvas, x, y)) return -1;
	return (
		1 +
		Number(onPart(canvas, x - room, y)) +
		Number(onPart(canvas, x + room, y)) +
		Number(onPart(canvas, x, y - room)) +
		Number(onPart(canvas, x, y + room))
	);
}
