/** Mirrors a sample left-right, top-bottom or both: right for parts and textures without a preferred side. */
import { z } from 'zod';
import { augmentation } from './augmentation.ts';

const options = z.strictObject({
	/** Probability of each mirroring. */
	horizontal: z.number().min(0).max(1).default(0.5),
	vertical: z.number().min(0).max(1).default(0.5),
});

export const flip = augmentation(
	options,
	({ horizontal, vertical }, { width, height, channels }) =>
		(image, mask, random) => {
			if (random.chance(horizontal)) {
				mirrorRows(image, width, height, channels);
				mirrorRows(mask, width, height, 1);
			}
			if (random.chance(vertical)) {
				mirrorColumns(image, width * channels, height);
				mirrorColumns(mask, width, height);
			}
		},
);

function mirrorRows(data: Float32Array, width: number, height: number, channels: number): void {
	for (let y = 0; y < height; y++) {
		let left = y * width * channels;
		let right = left + (width - 1) * channels;
		for (; left < right; left += channels, right -= channels)
			for (let c = 0; c < channels; c++) {
				const kept = data[left + c];
				data[left + c] = data[right + c];
				data[right + c] = kept;
			}
	}
}

function mirrorColumns(data: Float32Array, stride: number, height: number): void {
	const kept = new Float32Array(stride);
	for (let top = 0, bottom = height - 1; top < bottom; top++, bottom--) {
		kept.set(data.subarray(top * stride, (top + 1) * stride));
		data.copyWithin(top * stride, bottom * stride, (bottom + 1) * stride);
		data.set(kept, bottom * stride);
	}
}
