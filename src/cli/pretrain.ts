/** `andon pretrain`: images of any kinds in, a classifier out. */
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import type { PretrainResult } from '../pipeline/pretrain/pretrain.ts';
import type { EngineName } from '../training/engines/index.ts';
import { perform, withJson } from './action.ts';
import { collect } from './collect.ts';
import { engineOption } from './engine-option.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';

const PRESETS = ['simple-cnn', 'simple-cnn-augmented', 'resnet50', 'resnet50-frozen', 'resnet50-cut'] as const;

interface Flags {
	readonly json?: boolean;
	readonly out: string;
	readonly preset: (typeof PRESETS)[number];
	readonly config?: string;
	readonly set: readonly string[];
	readonly weights?: string;
	readonly freeze?: readonly string[];
	readonly epochs?: number;
	readonly size?: number;
	readonly batch?: number;
	readonly seed?: number;
	readonly engine: EngineName;
	readonly threads?: number;
	readonly resume?: boolean;
}

export function pretrainCommand(): Command {
	return withJson(
		new Command('pretrain')
			.description('train a classifier on images of any kinds: a backbone for `train --weights`, with its curves')
			.argument('<dataset>', 'a folder with a folder per class, or train/<class> and test/<class>')
			.requiredOption('--out <folder>', 'where model.onnx, report.html and result.json go')
			.addOption(new Option('--preset <name>', 'starting point').choices(PRESETS).default('simple-cnn'))
			.option('--config <file>', 'settings in YAML, laid over the preset')
			.option('--set <path=value>', 'one setting, such as network.options.base=32 (repeatable)', collect, [])
			.option('--weights <file>', 'weights for the backbone: safetensors, or any ONNX model')
			.option(
				'--freeze <rule>',
				'`encoder`, a pattern, a layer (all up to it) or a number of layers (repeatable)',
				collect,
				[],
			)
			.option('--epochs <n>', 'times that every image is seen', numberOption)
			.option('--size <pixels>', 'width and height that images are stretched to', numberOption)
			.option('--batch <n>', 'images a step', numberOption)
			.option('--seed <n>', 'seed of initialisation, order and augmentation', numberOption)
			.addOption(engineOption())
			.option('--threads <n>', 'threads of ONNX Runtime', numberOption, availableParallelism())
			.option('--resume', 'go on from the checkpoint in the folder')
			.addHelpText(
				'after',
				[
					'',
					'Examples:',
					'  andon pretrain ./cifar10 --out runs/cifar10 --preset simple-cnn-augmented',
					'  andon pretrain ./cifar10 --out runs/backbone --preset resnet50 --set "classes=[airplane, bird, cat, deer, ship]"',
					'  andon pretrain ./others --out runs/cut --preset resnet50-cut --weights runs/backbone/model.onnx',
				].join('\n'),
			),
	).action((dataset: string, flags: Flags) => perform(flags, () => run(dataset, flags), describe));
}

async function run(source: string, flags: Flags): Promise<PretrainResult> {
	const { transferFlags } = await import('../training/transfer/transfer-options.ts');
	const { describeTransfer } = await import('../training/transfer/transfer-report.ts');
	const { readOptions } = await import('../training/read-options.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { PRETRAIN_PRESETS, pretrainOptions } = await import('../pipeline/pretrain/pretrain-options.ts');
	const { pretrain } = await import('../pipeline/pretrain/pretrain.ts');
	const { preset, config, set, epochs, batch, seed, size } = flags;
	const given = { epochs, batch, seed, width: size, height: size, transfer: transferFlags(flags) };
	const sources = { preset: PRETRAIN_PRESETS[preset], config, flags: given, set };
	const options = await readOptions(pretrainOptions, sources, 'pretraining settings');
	const dataset = await openDataset(source, { seed: options.seed, kinds: true });
	const progress = createProgress();
	try {
		return await pretrain({
			dataset,
			options,
			out: flags.out,
			resume: flags.resume ?? false,
			engine: flags.engine,
			threads: flags.threads,
			onEngine: (runtime) => progress.note(`  with ${runtime}`),
			onTransfer: (report) => {
				for (const line of describeTransfer(report)) progress.note(`  ${line}`);
			},
			onStage: (stage) => progress.note(`${stage} …`),
			onImages: (done, total) => progress.update(done, total, 'images read'),
			onWarning: ({ step, message }) => progress.note(`step ${step}: ${message}`),
			onProgress: ({ step, steps, loss, metric, imagesPerSecond }) =>
				progress.update(
					step,
					steps,
					`loss ${loss.toFixed(3)} · val accuracy ${metric?.toFixed(3) ?? '–'} · ${imagesPerSecond.toFixed(0)} images/s`,
				),
		});
	} finally {
		progress.stop();
	}
}

function describe(result: PretrainResult): string {
	const { test, val, images, parameters, trained, best, seconds, model, report } = result;
	const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
	return table([
		['images', [`${images.train} train, ${images.val} val, ${images.test} test`]],
		['parameters', [`${parameters.toLocaleString('en')}, ${trained.toLocaleString('en')} of them trained`]],
		['accuracy', [`test ${percent(test.accuracy)}, val ${percent(val.accuracy)} (weights of step ${best.step})`]],
		[
			'recognised',
			[
				Object.entries(test.recall)
					.map(([name, share]) => `${name} ${percent(share)}`)
					.join(' · '),
			],
		],
		['time', [`${seconds.fit.toFixed(0)} s of training, ${seconds.total.toFixed(0)} s in all`]],
		['written', [model, report]],
	]);
}
