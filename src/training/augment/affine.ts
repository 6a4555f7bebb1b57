/** Shifts, zooms and slightly turns a sample: the part lies elsewhere, the camera hangs a little nearer. */
import { z } from 'zod';
import { augmentation } from './augmentation.ts';
import { createWarp } from './warp.ts';

const options = z.strictObject({
	probability: z.number().min(0).max(1).default(0.5),
	/** Largest shift, as a share of width and height. */
	shift: z.number().min(0).max(0.5).default(0.05),
	/** Largest zoom in or out: 0.1 means 0.91 to 1.1. */
	zoom: z.number().min(0).max(1).default(0.1),
	/** Largest rotation, in degrees. */
	turn: z.number().min(0).max(180).default(5),
});

/** A warp that would push more than half of the defect out of the picture is left out. */
export const affine = augmentation(options, ({ probability, shift, zoom, turn }, size) => {
	const { width, height } = size;
	const warp = createWarp(size);
	return (image, mask, random) => {
		if (!random.chance(probability)) return;
		const angle = (random.between(-turn, turn) * Math.PI) / 180;
		const scale = (1 + zoom) ** random.between(-1, 1);
		const du = Math.cos(angle) / scale;
		const dv = Math.sin(angle) / scale;
		const centreX = (width - 1) / 2 + random.between(-shift, shift) * width;
		const centreY = (height - 1) / 2 + random.between(-shift, shift) * height;
		for (let y = 0, i = 0; y < height; y++) {
			const u = (width - 1) / 2 - du * centreX - dv * (y - centreY);
			const v = (height - 1) / 2 - dv * centreX + du * (y - centreY);
			for (let x = 0; x < width; x++, i++) {
				warp.x[i] = u + du * x;
				warp.y[i] = v + dv * x;
			}
		}
		warp.apply(image, mask, scale * scale);
	};
});
