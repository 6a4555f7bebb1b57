/** Which images make a batch: rare defects must be seen as often as common ones. */
import { z } from 'zod';
import { Random } from '../base/random.ts';

export const samplerOptions = z.strictObject({
	/** `balanced` draws with replacement, by `defectShare`; `shuffle` goes through all images once an epoch, in random order. */
	order: z.enum(['balanced', 'shuffle']).default('balanced'),
	/** Share of defective images in every batch; every defect class is as likely as any other. */
	defectShare: z.number().min(0).max(1).default(0.5),
});

export type SamplerOptions = z.infer<typeof samplerOptions>;

interface Labelled {
	readonly class: string;
	readonly defective: boolean;
}

/** Gives the indices of a step's batch; the step counts from 0. */
export type Sampler = (batch: number, step: number, random: Random) => number[];

export function createSampler(samples: readonly Labelled[], options: SamplerOptions, seed: number): Sampler {
	return options.order === 'shuffle' ? shuffled(samples.length, seed) : balanced(samples, options.defectShare);
}

/** Draws with replacement, defective images first. */
function balanced(samples: readonly Labelled[], defectShare: number): Sampler {
	const indices = samples.map((_, i) => i);
	const sound = indices.filter((i) => !samples[i].defective);
	const classes = [
		...Map.groupBy(
			indices.filter((i) => samples[i].defective),
			(i) => samples[i].class,
		).values(),
	];
	return (batch, _step, random) => {
		const defects = sound.length === 0 ? batch : classes.length === 0 ? 0 : Math.round(batch * defectShare);
		return Array.from({ length: batch }, (_, i) => random.pick(i < defects ? random.pick(classes) : sound));
	};
}

/** The order of an epoch depends on seed and epoch alone, so that a resumed run goes on in it; the remainder of an epoch is left out. */
function shuffled(count: number, seed: number): Sampler {
	let epoch = -1;
	let order: number[] = [];
	return (batch, step) => {
		const perEpoch = stepsPerEpoch(count, batch);
		if (epoch !== Math.floor(step / perEpoch)) {
			epoch = Math.floor(step / perEpoch);
			order = new Random(seed, 0x5f00 + epoch).shuffle(Array.from({ length: count }, (_, i) => i));
		}
		const start = (step % perEpoch) * batch;
		return Array.from({ length: batch }, (_, i) => order[(start + i) % count]);
	};
}

/** Whole batches in an epoch, at least one. */
export function stepsPerEpoch(count: number, batch: number): number {
	return Math.max(1, Math.floor(count / batch));
}
