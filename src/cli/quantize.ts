/** `andon quantize`: an int8 model for a bundle or a model file, with the proof that it runs on integers and what that brings. */
import { Command, Option } from 'commander';
import { AndonError } from '../base/errors.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { QuantizationOptions } from '../quantization/quantize-model.ts';
import { RANGE_METHODS, type RangeMethod } from '../quantization/ranges/index.ts';
import type { TargetOptions } from '../quantization/targets/index.ts';
import { perform, withJson } from './action.ts';
import { engineOption } from './engine-option.ts';
import {
	expectFineTuning,
	type FineTuneFlags,
	fineTuneOption,
	fineTuneRateOption,
	fineTuningOf,
} from './fine-tune-option.ts';
import { numberOption } from './number-option.ts';
import { numbersOption } from './numbers-option.ts';
import { createProgress } from './progress.ts';
import { describeModelFile, type ModelFileFlags, quantizeModelFile } from './quantize-model-file.ts';
import { type RepairChoice, repairOption } from './repair-option.ts';
import { table } from './table.ts';
import { describeProviders, TARGET_CHOICES, type TargetChoice, targetRows, targetsOf } from './targets.ts';

interface Flags extends ModelFileFlags, FineTuneFlags {
	readonly target: TargetChoice;
	readonly method: 'auto' | RangeMethod['method'];
	readonly percentile: number;
	readonly repair: RepairChoice;
	readonly on?: string;
	readonly threads: number;
	readonly runs: number;
	readonly json?: boolean;
}

export function quantizeCommand(): Command {
	return withJson(new Command('quantize').argument('<bundle|model.onnx>', 'folder of a bundle, or a float ONNX file'))
		.description('make int8 or float16 models of a bundle or of any ONNX file, and prove that they are right and fast')
		.requiredOption(
			'--calibrate <dataset>',
			'images like those the model was trained on: a dataset (its train split), a folder of images, or (for a file) of .npy feeds',
		)
		.option('--images <n>', 'calibrate on at most so many images', numberOption, 128)
		.addOption(
			new Option('--target <name>', 'what to make: int8 for CPUs, int8 for TensorRT, mixed float16 for GPUs, or all')
				.choices(TARGET_CHOICES)
				.default('cpu'),
		)
		.addOption(
			new Option('--method <name>', 'how ranges are chosen; auto takes what scores best')
				.choices(['auto', ...Object.keys(RANGE_METHODS)])
				.default('auto'),
		)
		.option('--percentile <p>', 'share of values to keep, in percent, for --method percentile', numberOption, 99.99)
		.addOption(repairOption())
		.option(
			'--on <dataset>',
			'labelled images whose val split judges the models of a bundle (default: that of the calibration dataset, where it has one; else closeness to the float model)',
		)
		.addOption(fineTuneOption())
		.addOption(fineTuneRateOption())
		.addOption(engineOption())
		.option('--threads <n>', 'threads of ONNX Runtime', numberOption, 1)
		.option('--runs <n>', 'paired inferences of the speed measurement', numberOption, 30)
		.option('--no-write', 'only report; leave the bundle as it is, write no file')
		.optionsGroup('For an ONNX file:')
		.option(
			'--out <file|folder>',
			'where models go (default: beside the file, as <name>.int8.onnx, .int8-tensorrt.onnx or .fp16.onnx)',
		)
		.option('--scale <n>', 'images: x = (byte / scale − mean) / std', numberOption, 255)
		.option('--mean <n,…>', 'one number, or one a channel', numbersOption, [0])
		.option('--std <n,…>', 'one number, or one a channel', numbersOption, [1])
		.option('--size <pixels>', 'of the images, where the model leaves it open, such as 224 or 320x240')
		.addHelpText(
			'after',
			'\nExamples:\n  andon quantize bundles/tiles --calibrate ./tiles\n  andon quantize bundles/tiles --calibrate ./tiles --fine-tune 300\n  andon quantize bundles/tiles --calibrate ./tiles --target all --repair none --repair tensorrt=equalize,correct-bias\n  andon quantize resnet18.onnx --calibrate ./photos --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225\n  andon quantize resnet18.onnx --calibrate ./photos --target all --out resnet18',
		)
		.action((source: string, flags: Flags) =>
			source.endsWith('.onnx')
				? perform(flags, () => runFile(source, flags), describeModelFile)
				: perform(flags, () => runBundle(source, flags), describeBundle),
		);
}

/** @throws USAGE for fine-tuning and judges, which are for bundles only */
async function runFile(path: string, flags: Flags) {
	if (flags.fineTune !== undefined)
		throw new AndonError('USAGE', {
			expected: 'no --fine-tune for an ONNX file, whose losses are not known',
			found: `--fine-tune ${flags.fineTune}`,
			fix: 'Train the file to a bundle (`andon train --network model.onnx`), and fine-tune that.',
		});
	if (flags.on !== undefined)
		throw new AndonError('USAGE', {
			expected: 'no --on for an ONNX file, whose outputs mean nothing to a labelled dataset',
			found: `--on ${flags.on}`,
			fix: 'Leave it out: closeness to the float model decides.',
		});
	const targets = targetsOf([flags.target]);
	return withProgress((onProgress) => quantizeModelFile(path, flags, targets, { ...optionsOf(flags), onProgress }));
}

async function withProgress<T>(run: (onProgress: QuantizationOptions['onProgress']) => Promise<T>): Promise<T> {
	const progress = createProgress();
	try {
		return await run((done, total, text) => progress.update(done, total, text));
	} finally {
		progress.stop();
	}
}

async function runBundle(dir: string, flags: Flags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { writeBundle } = await import('../bundle/write-bundle.ts');
	const { quantizeBundle } = await import('../pipeline/quantize-bundle.ts');
	expectFineTuning(flags, flags.target);
	const bundle = await openBundle(dir);
	const images = await calibrationImages(bundle, flags);
	const judge = flags.target === 'fp16' ? undefined : await judgeOf(bundle, flags);
	const targets = targetsOf([flags.target]);
	const { draft, reports, recommendation, providers, changed, withdrawn } = await withProgress(async (onProgress) => {
		const fineTuning = await fineTuningOf(bundle, flags.on ?? flags.calibrate, flags, onProgress);
		return quantizeBundle(bundle, images, { ...optionsOf(flags), ...judge, fineTuning, targets, onProgress });
	});
	const written = draft && flags.write ? await writeBundle(bundle.dir, draft) : undefined;
	return {
		...reports.cpu,
		targets: reports,
		recommendation,
		providers,
		changed: draft !== undefined,
		changedModels: changed,
		recallWithdrawn: withdrawn.length > 0,
		withdrawn,
		dir: bundle.dir,
		written: written !== undefined,
		default: (written ?? bundle).defaultPrecision,
		manifestHash: (written ?? bundle).manifestHash,
	};
}

function optionsOf({ method, percentile, repair, threads, runs }: Flags): TargetOptions {
	const how: RangeMethod = method === 'percentile' ? { method, percentile } : { method: method as 'min-max' };
	return { methods: method === 'auto' ? undefined : [how], ...repair, threads, speedRuns: runs };
}

async function judgeOf(bundle: Bundle, { on, calibrate, threads, fineTune }: Flags) {
	const { judgeOnVal } = await import('../pipeline/judge-on-val.ts');
	const { seedOf } = await import('../pipeline/fine-tune-bundle.ts');
	const required = on !== undefined || fineTune !== undefined;
	const options = { threads, required, seed: seedOf(bundle.manifest) };
	return judgeOnVal(on ?? calibrate, bundle.model('fp32'), bundle.manifest.input, options);
}

async function calibrationImages({ manifest: { input } }: Bundle, { calibrate, images }: Flags) {
	const { loadCalibrationImages } = await import('../pipeline/load-calibration-images.ts');
	return loadCalibrationImages(calibrate, input, images);
}

type Result = Awaited<ReturnType<typeof runBundle>>;

function describeBundle(result: Result): string {
	const { targets, recommendation } = result;
	return table([
		...targetRows(targets),
		...(recommendation
			? [['on a CPU', [`${recommendation.precision}: ${recommendation.reason}`]] satisfies [string, string[]]]
			: []),
		['providers', describeProviders(result.providers)],
		['written', [describeWritten(result)]],
		...recallLine(result),
	]);
}

function describeWritten({ written, dir, changed, changedModels }: Result): string {
	if (written) return `${dir}: ${changedModels.join(', ')}`;
	return changed ? 'no (--no-write)' : 'no: all came out as they were';
}

function recallLine({ written, withdrawn, dir }: Result): [string, string[]][] {
	if (!written || withdrawn.length === 0) return [];
	const lines = withdrawn.map((precision) => `andon tune ${dir} <dataset> --precision ${precision} --recall … --write`);
	return [['recall', ['no longer certified:', ...lines]]];
}
