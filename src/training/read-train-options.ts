/** The settings of a training run from preset, file and flags. */
import { readOptions } from './read-options.ts';
import { PRESETS, type TrainOptions, trainOptions } from './train-options.ts';

export interface TrainFlags {
	readonly preset: keyof typeof PRESETS;
	readonly config?: string;
	/** `path.to.key=value`, the value in YAML. */
	readonly set: readonly string[];
	readonly steps?: number;
	readonly size?: number;
	readonly batch?: number;
	readonly seed?: number;
	readonly recall?: number;
	readonly confidence?: number;
}

/** @throws CONFIG_INVALID naming what is wrong, FILE_UNREADABLE */
export async function readTrainOptions({ preset, config, set, ...flags }: TrainFlags): Promise<TrainOptions> {
	const { steps, size, batch, seed, recall, confidence } = flags;
	const given = { steps, batch, seed, recall, confidence, width: size, height: size };
	return readOptions(trainOptions, { preset: PRESETS[preset], config, flags: given, set }, 'training settings');
}
