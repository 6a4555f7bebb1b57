/** The settings of a training run from preset, file and flags. */
import { readOptions } from './read-options.ts';
import { PRESETS, type TrainOptions, trainOptions } from './train-options.ts';
import { type TransferFlags, transferFlags } from './transfer/transfer-options.ts';

export interface TrainFlags extends TransferFlags {
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
	/** A network's name, or a path ending in .onnx; options of the preset's network are dropped. */
	readonly network?: string;
	/** The value of the ONNX file at which it is cut. */
	readonly cut?: string;
}

/** @throws CONFIG_INVALID naming what is wrong, FILE_UNREADABLE */
export async function readTrainOptions({ preset, config, set, ...flags }: TrainFlags): Promise<TrainOptions> {
	const { steps, size, batch, seed, recall, confidence } = flags;
	const base = flags.network ? { ...PRESETS[preset], network: networkOf(flags.network) } : PRESETS[preset];
	const given = {
		...{ steps, batch, seed, recall, confidence, width: size, height: size },
		...(flags.cut && { network: { options: { cut: flags.cut } } }),
		transfer: transferFlags(flags),
	};
	return readOptions(trainOptions, { preset: base, config, flags: given, set }, 'training settings');
}

function networkOf(text: string): object {
	return text.endsWith('.onnx') ? { name: 'onnx', options: { file: text } } : { name: text };
}
