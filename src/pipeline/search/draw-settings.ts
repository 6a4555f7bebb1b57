/** Settings worth a try, drawn around those that were given. */
import { Random } from '../../base/random.ts';
import { NETWORKS } from '../../networks/index.ts';
import type { AugmentationOptions } from '../../training/augment/index.ts';
import type { TrainOptions } from '../../training/train-options.ts';

/** What a trial changes; factors are of the given settings. */
export interface Drawn {
	readonly learningRate: number;
	readonly weightDecay: number;
	readonly batch: number;
	/** Filters of the first level; undefined for networks without that option. */
	readonly base?: number;
	/** Of BCE on masks; undefined without it. */
	readonly positiveWeight?: number;
	/** Factor on the weights of score losses; undefined unless there are losses on both heads. */
	readonly scoreWeight?: number;
	/** Factor on how far augmentations go; undefined without any. */
	readonly augmentation?: number;
}

export interface Settings {
	/** Null for the settings as they were given, which are always tried. */
	readonly drawn: Drawn | null;
	/** Steps are as given; {@link withSteps} sets those of a rung. */
	readonly options: TrainOptions;
}

/** The options that say how far an augmentation goes, each with its largest value. */
const REACH = {
	affine: { shift: 0.5, zoom: 1, turn: 180 },
	elastic: { move: 0.5 },
	photometric: { brightness: 1, contrast: 1, gamma: 4 },
	blur: { sigma: 3 },
	noise: { sigma: 1 },
} as const satisfies Partial<Record<keyof AugmentationOptions, Record<string, number>>>;

/**
 * The settings of a trial. Random search (Bergstra and Bengio 2012): rates and weights are drawn evenly over their
 * logarithm. A trial depends on the seed and its own number alone.
 *
 * @param trial counted from 0; 0 gives the settings as they are
 */
export function drawSettings(options: TrainOptions, trial: number): Settings {
	if (trial === 0) return { drawn: null, options };
	const random = new Random(options.seed, 0x5ea0 + trial);
	const about = (value: number, factor: number) => value * factor ** random.between(-1, 1);
	const base = baseOf(options);
	const heads = new Set(options.losses.map(({ on }) => on));
	const weighed = options.losses.some(({ name, on }) => name === 'bce' && on === 'mask');
	const drawn: Drawn = {
		learningRate: short(about(options.schedule.rate, 5)),
		weightDecay: short(10 ** random.between(-4, -1)),
		batch: Math.max(2, Math.round(options.batch * random.pick([0.5, 1, 2]))),
		base: pick(base, (value) => Math.max(4, Math.round((value * random.pick([0.75, 1, 1.5])) / 4) * 4)),
		positiveWeight: pick(weighed, () => short(10 ** random.between(0, 1))),
		scoreWeight: pick(heads.size > 1, () => short(about(1, 3))),
		augmentation: pick(Object.keys(options.augmentation).length > 0, () => short(random.between(0, 1.5))),
	};
	return { drawn, options: apply(drawn, options) };
}

/** The settings with another budget: as many images as `steps` steps of the given batch show. */
export function withSteps({ options }: Settings, given: TrainOptions, steps: number): TrainOptions {
	return { ...options, steps: Math.max(1, Math.round((steps * given.batch) / options.batch)) };
}

function apply(drawn: Drawn, options: TrainOptions): TrainOptions {
	const { learningRate, weightDecay, batch, base, augmentation } = drawn;
	const { network, optimizer, schedule } = options;
	return {
		...options,
		batch,
		schedule: { ...schedule, rate: learningRate },
		optimizer: { ...optimizer, options: { ...optimizer.options, weightDecay } },
		network: base === undefined ? network : { ...network, options: { ...network.options, base } },
		losses: options.losses.map((term) => reweigh(term, drawn)),
		augmentation: augmentation === undefined ? options.augmentation : strengthen(options.augmentation, augmentation),
	};
}

type Term = TrainOptions['losses'][number];

function reweigh(term: Term, { positiveWeight, scoreWeight = 1 }: Drawn): Term {
	if (term.on === 'score') return { ...term, weight: term.weight * scoreWeight };
	return term.name === 'bce' && positiveWeight !== undefined
		? { ...term, options: { ...term.options, positiveWeight } }
		: term;
}

/** Multiplies how far augmentations go; how often they happen stays. */
export function strengthen(options: AugmentationOptions, factor: number): AugmentationOptions {
	const result: Record<string, Record<string, number>> = { ...(options as Record<string, Record<string, number>>) };
	for (const [name, limits] of Object.entries(REACH))
		if (result[name])
			result[name] = {
				...result[name],
				...Object.fromEntries(
					Object.entries(limits).map(([key, limit]) => [key, Math.min(limit, result[name][key] * factor)]),
				),
			};
	return result as AugmentationOptions;
}

function baseOf({ network, width, height, channels }: TrainOptions): number | undefined {
	const parsed = NETWORKS[network.name].optionsSchema.parse({ ...network.options, width, height, channels });
	return typeof parsed.base === 'number' ? parsed.base : undefined;
}

/** Undefined where there is nothing to draw. */
function pick<T, R>(there: T | undefined | false, draw: (value: T) => R): R | undefined {
	return there === undefined || there === false ? undefined : draw(there);
}

function short(value: number): number {
	return Number(value.toPrecision(3));
}
