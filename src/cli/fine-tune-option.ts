/** `--fine-tune` of a bundle's int8 model: what it takes, and what it makes of it. */
import { Option } from 'commander';
import { AndonError } from '../base/errors.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { QuantizationOptions } from '../quantization/quantize-model.ts';
import type { EngineName } from '../training/engines/index.ts';
import { numberOption } from './number-option.ts';
import { type TargetChoice, targetsOf } from './targets.ts';

export interface FineTuneFlags {
	readonly fineTune?: number;
	readonly fineTuneRate?: number;
	readonly engine: EngineName;
}

export function fineTuneOption(): Option {
	return new Option(
		'--fine-tune <steps>',
		'train a bundle’s model on with the rounding of int8 in the graph, on the images that judge; kept where val gains by it',
	).argParser(numberOption);
}

export function fineTuneRateOption(): Option {
	return new Option(
		'--fine-tune-rate <rate>',
		'its highest learning rate (default: a twentieth of the training’s)',
	).argParser(numberOption);
}

/** @throws USAGE */
export function expectFineTuning({ fineTune, fineTuneRate }: FineTuneFlags, target: TargetChoice): void {
	const wrong =
		fineTune === undefined
			? fineTuneRate !== undefined && '--fine-tune-rate alone'
			: !(Number.isInteger(fineTune) && fineTune > 0)
				? `--fine-tune ${fineTune}`
				: !targetsOf([target]).includes('cpu') && `--target ${target}`;
	if (!wrong) return;
	throw new AndonError('USAGE', {
		expected: 'a whole number of steps to fine-tune, for the model of CPUs',
		found: wrong,
		fix: 'For example --target cpu --fine-tune 300.',
	});
}

/** @param source the labelled dataset */
export async function fineTuningOf(
	bundle: Bundle,
	source: string,
	{ fineTune: steps, fineTuneRate: rate, engine }: FineTuneFlags,
	onProgress: QuantizationOptions['onProgress'],
): Promise<QuantizationOptions['fineTuning']> {
	if (steps === undefined) return undefined;
	const { fineTuningFor } = await import('../pipeline/fine-tune-bundle.ts');
	return fineTuningFor(bundle, source, {
		steps,
		rate,
		engine,
		onProgress: ({ step, loss, metric }) =>
			onProgress?.(step, steps, `fine-tuning: loss ${loss.toFixed(3)} · val ${metric?.toFixed(3) ?? '–'}`),
	});
}
