/** `andon compare-losses`: which loss trains the better masks, over several seeds with equal budgets. */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { LossComparison } from '../pipeline/compare-losses/compare-losses.ts';
import type { WrittenComparison } from '../pipeline/compare-losses/write-comparison.ts';
import type { TrialResult } from '../pipeline/trials/run-trial.ts';
import type { TrainFlags } from '../training/read-train-options.ts';
import { perform, withJson } from './action.ts';
import { collect } from './collect.ts';
import { columns } from './columns.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';

interface Flags extends TrainFlags {
	readonly json?: boolean;
	readonly losses: string;
	readonly seeds: number;
	readonly on: 'mask' | 'score';
	readonly threads?: number;
	readonly out: string;
}

interface Result extends LossComparison {
	readonly files: WrittenComparison;
	/** The table, as it is shown. */
	readonly table: readonly (readonly string[])[];
}

/** Ratios of one batch, all three alike; for `image` ratios write `dice` without options. */
const DEFAULT_LOSSES = 'bce,dice(over=batch),iou,bce+dice(over=batch)';

export function compareLossesCommand(): Command {
	return withJson(
		new Command('compare-losses')
			.description('train with several losses and seeds, equal budgets, and compare the results on `test`')
			.argument('<dataset>', 'a folder of labelled images, or `simulated`')
			.option('--losses <list>', 'losses by comma, such as "bce,iou,bce+0.5*dice(over=batch)"', DEFAULT_LOSSES)
			.option('--seeds <n>', 'runs of each loss', numberOption, 3)
			.addOption(
				new Option('--on <head>', 'the head whose losses are compared; losses on the other one stay as they are')
					.choices(['mask', 'score'])
					.default('mask'),
			)
			.addOption(
				new Option('--preset <name>', 'all other settings')
					.choices(['default', 'kinds', 'demo', 'plain'])
					.default('default'),
			)
			.option('--config <file>', 'settings in YAML, laid over the preset')
			.option('--set <path=value>', 'one setting, such as network.options.base=32 (repeatable)', collect, [])
			.option('--steps <n>', 'optimizer steps of each run', numberOption)
			.option('--size <pixels>', 'width and height that images are stretched to', numberOption)
			.option('--batch <n>', 'images a step', numberOption)
			.option('--seed <n>', 'the first seed', numberOption)
			.option('--threads <n>', 'threads of ONNX Runtime', numberOption)
			.option('--out <dir>', 'where runs and results go; finished runs found there are not run again', 'runs/losses')
			.addHelpText(
				'after',
				'\nExample:\n  andon compare-losses ./parts --losses bce,iou,bce+dice --seeds 5 --steps 900',
			),
	).action((dataset: string, flags: Flags) => perform(flags, () => run(dataset, flags), describe));
}

async function run(source: string, flags: Flags): Promise<Result> {
	const { readTrainOptions } = await import('../training/read-train-options.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { splitLosses } = await import('../training/losses/parse-losses.ts');
	const { compareLosses } = await import('../pipeline/compare-losses/compare-losses.ts');
	const { writeComparison } = await import('../pipeline/compare-losses/write-comparison.ts');
	const { headOf, rowsOf } = await import('../pipeline/compare-losses/summary.ts');
	const options = await readTrainOptions(flags);
	const dataset = await openDataset(source, { seed: options.seed });
	const progress = createProgress();
	try {
		const comparison = await compareLosses({
			dataset,
			options,
			losses: splitLosses(flags.losses),
			on: flags.on,
			seeds: flags.seeds,
			runDir: resolve(flags.out),
			threads: flags.threads,
			onRun: (name, result) => progress.note(`${name}: ${resultInWords(result)}`),
			onProgress: (done, total, name, { loss, imagesPerSecond }) =>
				progress.update(done, total, `${name} · loss ${loss.toFixed(3)} · ${imagesPerSecond.toFixed(0)} images/s`),
		});
		const files = await writeComparison(comparison, resolve(flags.out));
		return { ...comparison, files, table: [headOf(comparison), ...rowsOf(comparison)] };
	} finally {
		progress.stop();
	}
}

function resultInWords({ metric, diverged, seconds }: TrialResult): string {
	return diverged ? `diverged: ${diverged}` : `val ${metric!.toFixed(3)}, ${seconds.toFixed(0)} s`;
}

function describe({ table: [head, ...rows], chosen, seeds, steps, files }: Result): string {
	return [
		columns(head, rows),
		`mean ± standard deviation on test over ${seeds.length} seeds of ${steps} steps; val chooses ${chosen ?? 'none'}`,
		`page: ${files.page}`,
	].join('\n');
}
