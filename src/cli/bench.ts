/** `andon bench`: figures beside a peer, in one run, as ratios. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { perform, withJson } from './action.ts';
import { type BenchCase, benchTraining, TRAINING_CASES, type TrainingBenchFlags } from './bench-training.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';

type Flags = TrainingBenchFlags & { readonly json?: boolean };

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
		).action((names: string[], flags: Flags) => perform(flags, () => training(names, flags), describe)),
	);
	return bench;
}

async function training(names: readonly string[], flags: Flags): Promise<{ cases: BenchCase[] }> {
	const progress = createProgress();
	try {
		return { cases: await benchTraining(names, flags, progress) };
	} finally {
		progress.stop();
	}
}

function describe({ cases }: { cases: readonly BenchCase[] }): string {
	const shown = (value: number | null) => (value === null ? '–' : value.toFixed(0));
	return cases
		.map(({ name, metric, ours, peer, ratio, beside, missing }) =>
			ratio === null
				? `${name}: ${shown(ours)} ${metric}; ${beside} missing: ${missing}`
				: `${name}: ${shown(ours)} ${metric}, ${beside} ${shown(peer)}: ratio ${ratio.toFixed(2)}`,
		)
		.join('\n');
}
