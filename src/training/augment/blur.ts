/** Blurs a little, as a part out of focus; the mask stays. */
import { z } from 'zod';
import { augmentation, type SampleSize } from './augmentation.ts';

const options = z.strictObject({
	probability: z.number().min(0).max(1).default(0.3),
	/** Largest standard deviation in pixels; a sample draws its own. */
	sigma: z.number().min(0).max(3).default(0.8),
});

export const blur = augmentation(options, ({ probability, sigma }, size) => {
	const blurBy = createBlur(size);
	return (image, _mask, random) => {
		if (random.chance(probability)) blurBy(image, random.between(0, sigma));
	};
});

/** Blurs an image (float32 [H,W,C]) in place by a standard deviation in pixels. */
export function createBlur(size: SampleSize): (image: Float32Array, sigma: number) => void {
	const spare = new Float32Array(size.width * size.height * size.channels);
	return (image, sigma) => {
		// Three taps k, 1 − 2k, k have variance 2k; variances of repeated passes add up.
		const variance = sigma ** 2;
		const passes = Math.max(1, Math.ceil(variance / 0.5));
		for (let pass = 0; pass < passes; pass++) smooth(image, spare, size, variance / passes / 2);
	};
}

function smooth(image: Float32Array, spare: Float32Array, { width, height, channels }: SampleSize, k: number): void {
	const stride = width * channels;
	for (let y = 0, i = 0; y < height; y++)
		for (let x = 0; x < stride; x++, i++) {
			const left = x >= channels ? i - channels : i;
			const right = x < stride - channels ? i + channels : i;
			spare[i] = image[i] + k * (image[left] - 2 * image[i] + image[right]);
		}
	for (let y = 0, i = 0; y < height; y++) {
		const up = y > 0 ? stride : 0;
		const down = y < height - 1 ? stride : 0;
		for (let x = 0; x < stride; x++, i++) image[i] = spare[i] + k * (spare[i - up] - 2 * spare[i] + spare[i + down]);
	}
}
