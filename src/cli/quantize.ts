/** `andon quantize`: an int8 model for a bundle or a model file, with the proof that it runs on integers and what that brings. */
import { Command, Option } from 'commander';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { QuantizationOptions } from '../quantization/quantize-model.ts';
import { RANGE_METHODS, type RangeMethod } from '../quantization/ranges/index.ts';
import { perform, withJson } from './action.ts';
import { quantizationRows } from './describe-quantization.ts';
import { numberOption } from './number-option.ts';
import { numbersOption } from './numbers-option.ts';
import { describeModelFile, type ModelFileFlags, quantizeModelFile } from './quantize-model-file.ts';
import { table } from './table.ts';

interface Flags extends ModelFileFlags {
	readonly method: 'auto' | RangeMethod['method'];
	readonly percentile: number;
	readonly threads: number;
	readonly runs: number;
	readonly json?: boolean;
}

export function quantizeCommand(): Command {
	return withJson(new Command('quantize').argument('<bundle|model.onnx>', 'folder of a bundle, or a float ONNX file'))
		.description('quantize the float model of a bundle again, or any ONNX file; audit the result and measure its speed')
		.requiredOption(
			'--calibrate <dataset>',
			'images like those the model was trained on: a dataset (its train split), a folder of images, or (for a file) of .npy feeds',
		)
		.option('--images <n>', 'calibrate on at most so many images', numberOption, 128)
		.addOption(new Option('--target <name>', 'what the int8 model is for').choices(['cpu']).default('cpu'))
		.addOption(
			new Option('--method <name>', 'how ranges are chosen; auto takes what stays closest to the float model')
				.choices(['auto', ...Object.keys(RANGE_METHODS)])
				.default('auto'),
		)
		.option('--percentile <p>', 'share of values to keep, in percent, for --method percentile', numberOption, 99.99)
		.option('--threads <n>', 'threads of ONNX Runtime', numberOption, 1)
		.option('--runs <n>', 'paired inferences of the speed measurement', numberOption, 30)
		.option('--no-write', 'only report; leave the bundle as it is, write no file')
		.optionsGroup('For an ONNX file:')
		.option('--out <file|folder>', 'where the int8 model goes (default: beside the file, as <name>.int8.onnx)')
		.option('--scale <n>', 'images: x = (byte / scale − mean) / std', numberOption, 255)
		.option('--mean <n,…>', 'one number, or one a channel', numbersOption, [0])
		.option('--std <n,…>', 'one number, or one a channel', numbersOption, [1])
		.option('--size <pixels>', 'of the images, where the model leaves it open, such as 224 or 320x240')
		.addHelpText(
			'after',
			'\nExamples:\n  andon quantize bundles/tiles --calibrate ./tiles\n  andon quantize resnet18.onnx --calibrate ./photos --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225',
		)
		.action((source: string, flags: Flags) =>
			source.endsWith('.onnx')
				? perform(flags, () => quantizeModelFile(source, flags, optionsOf(flags)), describeModelFile)
				: perform(flags, () => runBundle(source, flags), describeBundle),
		);
}

async function runBundle(dir: string, flags: Flags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { writeBundle } = await import('../bundle/write-bundle.ts');
	const { quantizeBundle } = await import('../pipeline/quantize-bundle.ts');
	const bundle = await openBundle(dir);
	const images = await calibrationImages(bundle, flags);
	const { draft, report, recallWithdrawn } = await quantizeBundle(bundle, images, optionsOf(flags));
	const written = draft && flags.write ? await writeBundle(bundle.dir, draft) : undefined;
	return {
		...report,
		dir: bundle.dir,
		changed: draft !== undefined,
		written: written !== undefined,
		recallWithdrawn,
		default: (written ?? bundle).defaultPrecision,
		manifestHash: (written ?? bundle).manifestHash,
	};
}

function optionsOf({ method, percentile, threads, runs }: Flags): QuantizationOptions {
	const how: RangeMethod = method === 'percentile' ? { method, percentile } : { method: method as 'min-max' };
	return { methods: method === 'auto' ? undefined : [how], threads, speedRuns: runs };
}

async function calibrationImages({ manifest: { input } }: Bundle, { calibrate, images }: Flags) {
	const { loadCalibrationImages } = await import('../pipeline/load-calibration-images.ts');
	return loadCalibrationImages(calibrate, input, images);
}

function describeBundle(result: Awaited<ReturnType<typeof runBundle>>): string {
	const { dir, changed, written, recallWithdrawn } = result;
	return table([
		...quantizationRows(result),
		['written', [written ? dir : changed ? 'no (--no-write)' : 'no: the int8 model came out as it was']],
		...recallLine(written && recallWithdrawn, dir),
	]);
}

function recallLine(withdrawn: boolean, dir: string): [string, string[]][] {
	return withdrawn ? [['recall', [`no longer certified: run \`andon tune ${dir} <dataset> --recall … --write\``]]] : [];
}
