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

/** How likely each sample is at a random place of a batch; adds up to 1. */
export function drawProbabilities(samples: readonly Labelled[], options: SamplerOptions, batch: number): Float64Array {
	const probabilities = new Float64Array(samples.length).fill(1 / samples.length);
	if (options.order === 'shuffle') return probabilities;
	const { sound, classes } = groups(samples);
	const share = defectsIn(batch, { sound, classes }, options.defectShare) / batch;
	for (const i of sound) probabilities[i] = (1 - share) / sound.length;
	for (const members of classes) for (const i of members) probabilities[i] = share / classes.length / members.length;
	return probabilities;
}

/** Draws with replacement, defective images first. */
function balanced(samples: readonly Labelled[], defectShare: number): Sampler {
	const { sound, classes } = groups(samples);
	return (batch, _step, random) => {
		const defects = defectsIn(batch, { sound, classes }, defectShare);
		return Array.from({ length: batch }, (_, i) => random.pick(i < defects ? random.pick(classes) : sound));
	};
}

interface Groups {
	/** Indices. */
	readonly sound: readonly number[];
	/** Indices of each defect class. */
	readonly classes: readonly (readonly number[])[];
}

function groups(samples: readonly Labelled[]): Groups {
	const indices = samples.map((_, i) => i);
	const defective = indices.filter((i) => samples[i].defective);
	return {
		sound: indices.filter((i) => !samples[i].defective),
		classes: [...Map.groupBy(defective, (i) => samples[i].class).values()],
	};
}

function defectsIn(batch: number, { sound, classes }: Groups, defectShare: number): number {
	return sound.length === 0 ? batch : classes.length === 0 ? 0 : Math.round(batch * defectShare);
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
