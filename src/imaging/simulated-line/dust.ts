/** Dust and lint: harmless specks and curls that look a little like defects. */
import type { Random } from '../../base/random.ts';
import type { Canvas } from './canvas.ts';
import { addBlob, addCapsule, carve, emptyRelief } from './defects/relief.ts';

export function scatterDust(canvas: Canvas, random: Random): void {
	const { width, height, scale } = canvas;
	const specks = random.integer(7);
	for (let k = 0; k < specks; k++) {
		const relief = emptyRelief(canvas);
		const size = Math.max(random.between(0.35, 0.95) * scale, 0.4);
		const radius = Float32Array.from({ length: 5 }, () => size * random.between(0.8, 1.2));
		addBlob(canvas, relief, random.between(0, width), random.between(0, height), radius);
		const depth = random.chance(0.65) ? -random.between(0.1, 0.4) : random.between(0.1, 0.3);
		carve(canvas, relief, { depth, wall: 0, lip: 0, softness: 1.4 }, true);
	}
	if (random.chance(0.3)) dropLint(canvas, random);
}

/** A short curled fibre, thinner and rounder than any scratch. */
function dropLint(canvas: Canvas, random: Random): void {
	const { width, height, scale } = canvas;
	const relief = emptyRelief(canvas);
	const turn = random.between(0.22, 0.4) * (random.chance(0.5) ? 1 : -1);
	const steps = 6 + random.integer(6);
	let heading = random.between(0, 2 * Math.PI);
	let x = random.between(0, width);
	let y = random.between(0, height);
	for (let k = 0; k < steps; k++) {
		heading += turn * random.between(0.5, 1.5);
		const nextX = x + Math.cos(heading) * 1.3 * scale;
		const nextY = y + Math.sin(heading) * 1.3 * scale;
		addCapsule(canvas, relief, x, y, 0.35 * scale, nextX, nextY, 0.35 * scale);
		x = nextX;
		y = nextY;
	}
	carve(canvas, relief, { depth: -random.between(0.12, 0.3), wall: 0, lip: 0, softness: 1 }, true);
}
