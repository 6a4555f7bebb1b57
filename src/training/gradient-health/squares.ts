/** A problem that any sound network masters within seconds: is there a bright square on the noise? */
import { Random } from '../../base/random.ts';
import type { Batch } from '../engines/engine.ts';

const SIDE = 24;
const SQUARE = 8;

/** Batches of grey images [N, 1, 24, 24], half of them with a square of 8 × 8, drawn anew at every step. */
export function squares(batch: number, seed: number): { readonly size: number; next(): Batch } {
	const random = new Random(seed, 3);
	const area = SIDE * SIDE;
	const x = new Float32Array(batch * area);
	const label = new Float32Array(batch);
	const next = () => {
		for (let i = 0; i < batch; i++) {
			const image = x.subarray(i * area, (i + 1) * area);
			for (let p = 0; p < area; p++) image[p] = 0.3 + 0.1 * random.normal();
			label[i] = i % 2;
			if (label[i] === 1) paint(image, random);
		}
		return { x, mask: undefined, label };
	};
	return { size: SIDE, next };
}

function paint(image: Float32Array, random: Random): void {
	const [left, top] = [random.integer(SIDE - SQUARE), random.integer(SIDE - SQUARE)];
	for (let y = top; y < top + SQUARE; y++) for (let x = left; x < left + SQUARE; x++) image[y * SIDE + x] += 0.4;
}
