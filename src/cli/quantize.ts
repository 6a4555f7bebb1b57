/** `andon quantize`: a new int8 model for a bundle, with the proof that it runs on integers and what that brings. */
import { Command, Option } from 'commander';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { QuantizationReport } from '../quantization/quantize-model.ts';
import { RANGE_METHODS, type RangeMethod } from '../quantization/ranges/index.ts';
import { perform, withJson } from './action.ts';
import { numberOption } from './number-option.ts';
import { table } from './table.ts';

interface Flags {
	readonly calibrate: string;
	readonly images: number;
	readonly method: 'auto' | RangeMethod['method'];
	readonly percentile: number;
	readonly threads: number;
	readonly runs: number;
	readonly write: boolean;
	readonly json?: boolean;
}

export function quantizeCommand(): Command {
	return withJson(new Command('quantize').argument('<bundle>', 'folder of the bundle'))
		.description('quantize the float model of a bundle again, audit the result and measure its speed')
		.requiredOption(
			'--calibrate <dataset>',
			'images like those the model was trained on: a dataset (its train split), or any folder of images',
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
		.option('--no-write', 'only report; leave the bundle as it is')
		.addHelpText('after', '\nExample:\n  andon quantize bundles/tiles --calibrate ./tiles')
		.action((dir: string, flags: Flags) => perform(flags, () => run(dir, flags), format));
}

async function run(dir: string, flags: Flags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { writeBundle } = await import('../bundle/write-bundle.ts');
	const { quantizeBundle } = await import('../pipeline/quantize-bundle.ts');
	const bundle = await openBundle(dir);
	const images = await calibrationImages(bundle, flags);
	const { draft, report, recallWithdrawn } = await quantizeBundle(bundle, images, {
		methods: methodsOf(flags),
		threads: flags.threads,
		speedRuns: flags.runs,
	});
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

function methodsOf({ method, percentile }: Flags): readonly RangeMethod[] | undefined {
	if (method === 'auto') return undefined;
	return [method === 'percentile' ? { method, percentile } : { method }];
}

async function calibrationImages({ manifest: { input } }: Bundle, { calibrate, images }: Flags) {
	const { loadCalibrationImages } = await import('../pipeline/load-calibration-images.ts');
	return loadCalibrationImages(calibrate, input, images);
}

function format(result: Awaited<ReturnType<typeof run>>): string {
	const { audit, speed, chosen, calibrationImages, dir, changed, written, recallWithdrawn, inFloat } = result;
	const threads = speed?.threads === 1 ? '1 thread' : `${speed?.threads} threads`;
	return table([
		['ranges', [`${methodName(chosen)}, from ${calibrationImages} images`]],
		['audit', auditLines(audit)],
		['in float', [inFloat.map(({ op }) => op).join(', ') || 'nothing']],
		[
			'speed',
			speed
				? [
						`int8 ${speed.int8Ms.toFixed(2)} ms, fp32 ${speed.fp32Ms.toFixed(2)} ms: ${speed.ratio.toFixed(2)}× (${threads})`,
					]
				: ['not measured'],
		],
		['weakest', [weakest(result)]],
		['written', [written ? dir : changed ? 'no (--no-write)' : 'no: the int8 model came out as it was']],
		...recallLine(written && recallWithdrawn, dir),
	]);
}

function recallLine(withdrawn: boolean, dir: string): [string, string[]][] {
	return withdrawn ? [['recall', [`no longer certified: run \`andon tune ${dir} <dataset> --recall … --write\``]]] : [];
}

function methodName(how: RangeMethod): string {
	if (how.method === 'percentile') return `${how.percentile} % of the values`;
	return how.method === 'min-max' ? 'smallest to largest value' : 'least squared error';
}

function auditLines({ passed, fused, floatConvolutions, strayPairs }: QuantizationReport['audit']): string[] {
	return [
		`${passed ? 'passed' : 'FAILED'}: ${fused} convolutions on integers, ${floatConvolutions.length} in float, ${strayPairs.length} stray conversions`,
		...floatConvolutions.map((name) => `in float: ${name}`),
		...strayPairs.map((pair) => `converted back: ${pair}`),
	];
}

function weakest({ values }: QuantizationReport): string {
	const known = values.filter(({ sqnrDb }) => sqnrDb !== null);
	const worst = known.toSorted((a, b) => a.sqnrDb! - b.sqnrDb!)[0];
	return worst ? `${worst.name}: ${worst.sqnrDb!.toFixed(1)} dB signal to quantization noise` : 'nothing differs';
}
