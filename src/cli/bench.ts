/** `andon bench`: figures beside a peer, in one run, as ratios. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import type { BenchCase } from '../pipeline/bench-case.ts';
import { perform, withJson } from './action.ts';
import { benchDriftCommand } from './bench-drift.ts';
import { benchGigeCommand } from './bench-gige.ts';
import { benchGuaranteeCommand } from './bench-guarantee.ts';
import { benchOutputsCommand } from './bench-outputs.ts';
import { benchQuantizationCases, type QuantizationBenchFlags } from './bench-quantization.ts';
import { benchStation, STATION_CASES, type StationBenchFlags } from './bench-station.ts';
import { benchTraining, TRAINING_CASES, type TrainingBenchFlags } from './bench-training.ts';
import { benchViewsCommand } from './bench-views.ts';
import { numberOption } from './number-option.ts';
import { numbersOption } from './numbers-option.ts';
import { createProgress, type Progress } from './progress.ts';

type Json<Flags> = Flags & { readonly json?: boolean };

export function benchCommand(): Command {
	const bench = new Command('bench').description('figures beside a peer, in one run, as ratios (above 1 = better)');
	bench.addCommand(
		withJson(
			new Command('training')
				.description('time and peak memory of a training step, beside PyTorch and the TensorFlow.js engine')
				.argument(
					'[case...]',
					'BATCH@SIZE:BASE (U-Net), mobilenet-v2-unet:BATCH@SIZE, tfjs:BATCH@SIZE:BASE',
					TRAINING_CASES,
				)
				.option('--peers <dir>', 'folder with train_step_torch.py, the U-Net in PyTorch')
				.option('--python <path>', 'Python with torch', 'python3')
				.option('--rounds <n>', 'times that ours and the peer take turns', numberOption, 3)
				.option(
					'--threads <n>',
					'threads of ours (default: as many as there are cores)',
					numberOption,
					availableParallelism(),
				)
				.option('--profile <prefix>', 'also write an ONNX Runtime profile of each case')
				.addHelpText(
					'after',
					'\nExample:\n  npm run bench -- training 4@256:16 8@128:32 --peers ./peers --python ./venv/bin/python',
				),
		).action((names: string[], flags: Json<TrainingBenchFlags>) =>
			perform(flags, () => casesOf((progress) => benchTraining(names, flags, progress)), describe),
		),
	);
	bench.addCommand(
		withJson(
			new Command('quantization')
				.description("int8 models beside ONNX Runtime's own quantizer: closeness, AP and IoU, paired speed")
				.argument(
					'[model...]',
					'a bundle, an ONNX file, a network by name or torch:NAME; MODEL=IMAGES has images of its own (default: the demo bundle and random networks)',
				)
				.option('--peers <dir>', 'folder with quantize_ort.py')
				.option('--python <path>', 'Python with onnxruntime, and torch for torch:NAME', 'python3')
				.option('--images <dataset>', 'a dataset, or a folder of images or .npy feeds', 'simulated:seed=77,count=600')
				.option('--count <n>', 'images to calibrate on; as many others are compared on', numberOption, 32)
				.option('--threads <n>', 'threads of ONNX Runtime', numberOption, 1)
				.option('--runs <n>', 'paired inferences of the speed measurement', numberOption, 30)
				.option('--scale <n>', 'images: x = (byte / scale − mean) / std', numberOption, 255)
				.option('--mean <n,…>', 'one number, or one a channel', numbersOption, [0.5])
				.option('--std <n,…>', 'one number, or one a channel', numbersOption, [0.5])
				.option('--size <pixels>', 'of the images, where a model leaves it open')
				.addHelpText(
					'after',
					'\nExample:\n  npm run bench -- quantization bundles/tiles=./tiles resnet18.onnx=./photos --peers ./peers --python ./venv/bin/python',
				),
		).action((names: string[], flags: Json<QuantizationBenchFlags>) =>
			perform(flags, () => casesOf((progress) => benchQuantizationCases(names, flags, progress)), describe),
		),
	);
	bench.addCommand(
		withJson(
			new Command('station')
				.description('what a station adds to its model: beside the bare model, a peer in Python and stated bounds')
				.option('--only <case...>', `cases among ${STATION_CASES.join(', ')} (default: all but soak)`)
				.option('--python <path>', 'Python with onnxruntime, opencv-python-headless and paho-mqtt', 'python3')
				.option('--threads <n>', 'threads of every model', numberOption, 1)
				.option('--rounds <n>', 'times that ours, the bare model and the peer take turns', numberOption, 10)
				.option('--seconds <n>', 'of a turn', numberOption, 1)
				.option('--reloads <n>', 'bundles loaded while parts flow', numberOption, 1000)
				.option('--soak <minutes>', 'also run a station at full rate for so long', numberOption)
				.addHelpText(
					'after',
					'\nExamples:\n  npm run bench -- station --python ./venv/bin/python\n  npm run bench -- station --only soak --soak 30 --json',
				),
		).action((flags: Json<StationBenchFlags>) =>
			perform(flags, () => casesOf((progress) => benchStation(flags, progress)), describe),
		),
	);
	bench.addCommand(benchGuaranteeCommand());
	bench.addCommand(benchDriftCommand());
	bench.addCommand(benchGigeCommand());
	bench.addCommand(benchOutputsCommand());
	bench.addCommand(benchViewsCommand(describe));
	return bench;
}

async function casesOf(run: (progress: Progress) => Promise<BenchCase[]>): Promise<{ cases: BenchCase[] }> {
	const progress = createProgress();
	try {
		return { cases: await run(progress) };
	} finally {
		progress.stop();
	}
}

function describe({ cases }: { cases: readonly BenchCase[] }): string {
	const shown = (value: number | null) =>
		value === null ? '–' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(4);
	return cases
		.map(({ name, metric, ours, peer, ratio, beside, missing }) => {
			const figure = `${name}: ${shown(ours)} ${metric}`;
			if (ratio !== null) return `${figure}, ${beside} ${shown(peer)}: ratio ${ratio.toFixed(2)}`;
			if (peer !== null) return `${figure}, ${beside} ${shown(peer)}`;
			return missing === undefined ? figure : `${figure}; ${beside} missing: ${missing}`;
		})
		.join('\n');
}
