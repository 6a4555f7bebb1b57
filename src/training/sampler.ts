/** Which images make a batch: rare defects must be seen as often as common ones. */
import { z } from 'zod';
import type { Random } from '../base/random.ts';

export const samplerOptions = z.strictObject({
	/** Share of defective images in every batch; every defect class is as likely as any other. */
	defectShare: z.number().min(0).max(1).default(0.5),
});

export type SamplerOptions = z.infer<typeof samplerOptions>;

interface Labelled {
	readonly class: string;
	readonly defective: boolean;
}

/** Draws batches of indices with replacement, defective images first. */
export function createSampler(samples: readonly Labelled[], { defectShare }: SamplerOptions, random: Random) {
	const indices = samples.map((_, i) => i);
	const sound = indices.filter((i) => !samples[i].defective);
	const classes = [
		...Map.groupBy(
			indices.filter((i) => samples[i].defective),
			(i) => samples[i].class,
		).values(),
	];
	return (batch: number): number[] => {
		const defects = sound.length === 0 ? batch : classes.length === 0 ? 0 : Math.round(batch * defectShare);
		return Array.from({ length: batch }, (_, i) => random.pick(i < defects ? random.pick(classes) : sound));
	};
}
