/** Changes brightness, contrast and gamma: the lamp ages, the exposure drifts. The mask stays. */
import { z } from 'zod';
import { augmentation } from './augmentation.ts';

const options = z.strictObject({
	probability: z.number().min(0).max(1).default(0.8),
	/** Largest change of all values, of 1. */
	brightness: z.number().min(0).max(1).default(0.06),
	/** Largest relative change of the distance to middle grey. */
	contrast: z.number().min(0).max(1).default(0.15),
	/** Largest change of the exponent: 0.1 means 0.91 to 1.1. */
	gamma: z.number().min(0).max(4).default(0.1),
});

/** Steps of the tone curve; values between are interpolated, as a power for each pixel would take ten times as long. */
const STEPS = 256;

export const photometric = augmentation(options, ({ probability, brightness, contrast, gamma }) => {
	const curve = new Float32Array(STEPS + 2);
	return (image, _mask, random) => {
		if (!random.chance(probability)) return;
		const exponent = (1 + gamma) ** random.between(-1, 1);
		const gain = 1 + random.between(-contrast, contrast);
		const shift = random.between(-brightness, brightness);
		for (let k = 0; k < curve.length; k++) {
			const value = (Math.min(k / STEPS, 1) ** exponent - 0.5) * gain + 0.5 + shift;
			curve[k] = Math.min(1, Math.max(0, value));
		}
		for (let i = 0; i < image.length; i++) {
			const place = image[i] * STEPS;
			const k = Math.floor(place);
			image[i] = curve[k] + (curve[k + 1] - curve[k]) * (place - k);
		}
	};
});
