/** `andon train`: labelled images in, a bundle out. */
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { AndonError } from '../base/errors.ts';
import { partScoreInWords } from '../pipeline/part-score-in-words.ts';
import type { SearchedResult } from '../pipeline/search/search-and-train.ts';
import type { TrainResult } from '../pipeline/train.ts';
import type { TrainRequest } from '../pipeline/train-request.ts';
import type { EngineName } from '../training/engines/index.ts';
import type { TrainFlags } from '../training/read-train-options.ts';
import { perform, withJson } from './action.ts';
import { collect } from './collect.ts';
import { describeEvaluation, describeFlips } from './describe-evaluation.ts';
import { describeSearch, searchProgress } from './describe-search.ts';
import { engineOption } from './engine-option.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';
import { describeProviders, describeTargets, TARGET_CHOICES, type TargetChoice, targetsOf } from './targets.ts';

interface Flags extends TrainFlags {
	readonly json?: boolean;
	readonly out: string;
	readonly name?: string;
	readonly engine: EngineName;
	readonly threads?: number;
	readonly targets: readonly TargetChoice[];
	readonly resume?: boolean;
	readonly runs: string;
	readonly trials?: number;
	readonly minutes?: number;
}

export function trainCommand(): Command {
	return withJson(
		new Command('train')
			.description('train, evaluate, quantize, choose the operating point and write a bundle')
			.argument('<dataset>', 'a folder of labelled images, or `simulated`')
			.requiredOption('--out <bundle>', 'folder of the bundle to write')
			.option('--name <name>', 'name of the bundle (default: the folder’s name)')
			.addOption(
				new Option('--preset <name>', 'starting point')
					.choices(['default', 'kinds', 'demo', 'plain'])
					.default('default'),
			)
			.option('--config <file>', 'settings in YAML, laid over the preset')
			.option('--set <path=value>', 'one setting, such as network.options.base=32 (repeatable)', collect, [])
			.option('--network <name>', 'a network by name, or an ONNX file to fine-tune, instead of the preset’s')
			.option('--cut <value>', 'the value of the ONNX file, or the block, at which the backbone ends')
			.option('--weights <file>', 'weights for the backbone: safetensors, or any ONNX model')
			.option(
				'--freeze <rule>',
				'`encoder`, a pattern such as conv2_*, a layer (all up to it) or a number of layers (repeatable)',
				collect,
				[],
			)
			.option('--unfreeze-at <share>', 'share of the steps after which frozen layers train as well', numberOption)
			.option('--fine-tune-rate <rate>', 'highest learning rate from there on', numberOption)
			.option('--steps <n>', 'optimizer steps', numberOption)
			.option('--size <pixels>', 'width and height that images are stretched to', numberOption)
			.option('--batch <n>', 'images a step', numberOption)
			.option('--seed <n>', 'seed of initialisation, sampling and augmentation', numberOption)
			.option('--recall <r>', 'recall to certify, such as 0.95', numberOption)
			.option('--confidence <c>', 'confidence of the certificate', numberOption)
			.addOption(engineOption())
			.option('--threads <n>', 'threads of ONNX Runtime', numberOption)
			.addOption(
				new Option('--targets <names...>', 'what to make of the float model besides keeping it')
					.choices(TARGET_CHOICES)
					.default(['cpu', 'fp16']),
			)
			.option('--runs <dir>', 'where pictures and checkpoints of the run go', 'runs')
			.option(
				'--trials <n>',
				'search: try this many settings, train the best ones longer, keep the best on val',
				numberOption,
			)
			.option('--minutes <m>', 'time limit of the search; without one every round has its full steps', numberOption)
			.option('--resume', 'go on from the checkpoint of the last run with the same settings')
			.addHelpText(
				'after',
				[
					'',
					'Examples:',
					'  andon train ./parts --out bundles/parts --steps 3000 --recall 0.95',
					'  andon train ./parts --out bundles/parts --network mobilenet-v2-unet --weights mobilenet_v2.safetensors --freeze encoder --unfreeze-at 0.5',
					'  andon train ./parts --out bundles/parts --network resnet18.onnx',
					'  andon train ./parts --out bundles/parts --trials 12 --minutes 60',
				].join('\n'),
			),
	).action((dataset: string, flags: Flags) => perform(flags, () => run(dataset, flags), describe));
}

async function run(source: string, flags: Flags): Promise<TrainResult | SearchedResult> {
	expectTrials(flags);
	const { readTrainOptions } = await import('../training/read-train-options.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { train } = await import('../pipeline/train.ts');
	const { describeTransfer } = await import('../training/transfer/transfer-report.ts');
	const options = await readTrainOptions(flags);
	const dataset = await openDataset(source, { seed: options.seed });
	const name = flags.name ?? basename(resolve(flags.out));
	const progress = createProgress();
	try {
		const request: TrainRequest = {
			dataset,
			options,
			out: flags.out,
			name,
			runDir: resolve(flags.runs, name),
			resume: flags.resume ?? false,
			engine: flags.engine,
			targets: targetsOf(flags.targets),
			threads: flags.threads,
			onStage: (stage) => progress.note(`${stage} …`),
			onTransfer: (report) => {
				for (const line of describeTransfer(report)) progress.note(`  ${line}`);
			},
			onEngine: (runtime) => progress.note(`  with ${runtime}`),
			onWarning: ({ step, message }) => progress.note(`step ${step}: ${message}`),
			onProgress: ({ step, steps, loss, metric, imagesPerSecond }) =>
				progress.update(
					step,
					steps,
					`loss ${loss.toFixed(3)} · val ${metric?.toFixed(3) ?? '–'} · ${imagesPerSecond.toFixed(0)} images/s`,
				),
		};
		const { trials, minutes } = flags;
		if (trials === undefined) return await train(request);
		const { searchAndTrain } = await import('../pipeline/search/search-and-train.ts');
		return await searchAndTrain({ ...request, trials, minutes, ...searchProgress(progress) });
	} finally {
		progress.stop();
	}
}

/** @throws USAGE */
function expectTrials({ trials, minutes }: Flags): void {
	const wrong =
		trials === undefined
			? minutes !== undefined && '--minutes alone'
			: !(Number.isInteger(trials) && trials > 0) && `--trials ${trials}`;
	if (!wrong) return;
	throw new AndonError('USAGE', {
		expected: 'a whole number of trials, and a time limit only for them',
		found: wrong,
		fix: 'For example --trials 12 --minutes 60.',
	});
}

function describe(result: TrainResult | SearchedResult): string {
	return [
		...('search' in result ? [describeSearch(result.search), ''] : []),
		`test, ${result.operatingPoint.precision}:`,
		describeEvaluation(result),
		`${result.operatingPoint.precision} against fp32: ${describeFlips(result.flips)}`,
		`the default is ${result.defaultPrecision.precision}: ${result.defaultPrecision.reason}`,
		...describeTargets(result.targets),
		...describeProviders(result.providers),
		...(result.partScore ? [`part score: ${partScoreInWords(result.partScore)}`] : []),
		`best weights at step ${result.best.step}${result.stoppedEarly ? ' (stopped early)' : ''}; ${result.seconds.total.toFixed(0)} s in all, with ${result.engine}`,
		`bundle: ${result.bundle}`,
	].join('\n');
}
