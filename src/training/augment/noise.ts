/** Adds sensor noise; the mask stays. */
import { z } from 'zod';
import { Random } from '../../base/random.ts';
import { augmentation } from './augmentation.ts';

const options = z.strictObject({
	probability: z.number().min(0).max(1).default(0.5),
	/** Largest standard deviation, of 1; each sample draws its own. */
	sigma: z.number().min(0).max(1).default(0.02),
});

/** Normal numbers drawn once and read from a random place with a random odd stride: 2¹⁵ different sequences each. */
const TABLE = 1 << 16;
let normals: Float32Array | undefined;

export const noise = augmentation(options, ({ probability, sigma }) => {
	const table = (normals ??= drawNormals());
	return (image, _mask, random) => {
		if (!random.chance(probability)) return;
		const strength = random.between(0, sigma);
		const stride = 2 * random.integer(TABLE / 2) + 1;
		let place = random.integer(TABLE);
		for (let i = 0; i < image.length; i++) {
			image[i] = Math.min(1, Math.max(0, image[i] + strength * table[place]));
			place = (place + stride) & (TABLE - 1);
		}
	};
});

function drawNormals(): Float32Array {
	const random = new Random(0x5eed);
	return Float32Array.from({ length: TABLE }, () => random.normal());
}
