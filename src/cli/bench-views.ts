/** `andon bench views`: what tiles cost, whether batches gain, and what stitching does to masks. */
import { Command, Option } from 'commander';
import type { BenchCase } from '../pipeline/bench-case.ts';
import type { Split } from '../training/datasets/dataset.ts';
import { perform, withJson } from './action.ts';
import { numberOption } from './number-option.ts';
import { numbersOption } from './numbers-option.ts';
import { createProgress } from './progress.ts';
import { readView, viewOption } from './view-option.ts';

interface Flags {
	readonly view?: string;
	readonly width: number;
	readonly height: number;
	readonly batches: readonly number[];
	readonly threads: number;
	readonly rounds: number;
	readonly split: Split;
	readonly json?: boolean;
}

export function benchViewsCommand(describe: (result: { cases: readonly BenchCase[] }) => string): Command {
	return withJson(new Command('views'))
		.description(
			'frames in tiles beside bare inference, batches beside one tile at a time, stitching beside the maximum',
		)
		.argument('[bundle]', 'folder of the bundle', 'models/demo')
		.argument('[dataset]', 'labelled images with masks, to compare how masks are stitched')
		.addOption(viewOption('frames are seen (default: tiles at scale 1 that overlap by a quarter)'))
		.option('--width <pixels>', 'of a frame', numberOption, 1024)
		.option('--height <pixels>', 'of a frame', numberOption, 768)
		.option('--batches <n,…>', 'tiles at once', numbersOption, [2, 4, 8])
		.option('--threads <n>', 'threads of ONNX Runtime', numberOption, 1)
		.option('--rounds <n>', 'times that ours and the peer take turns', numberOption, 9)
		.addOption(new Option('--split <name>', 'images of the dataset').choices(['train', 'val', 'test']).default('test'))
		.addHelpText('after', '\nExample:\n  npm run bench -- views bundles/tiles ./tiles --view view.yaml')
		.action((dir: string, source: string | undefined, flags: Flags) =>
			perform(flags, () => run(dir, source, flags), describe),
		);
}

async function run(dir: string, source: string | undefined, flags: Flags): Promise<{ cases: BenchCase[] }> {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { benchViews } = await import('../pipeline/bench-views/bench-views.ts');
	const { compareStitching } = await import('../pipeline/bench-views/compare-stitching.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { width, height, batches, threads, rounds, split } = flags;
	const view = (await readView(flags.view)) ?? { tiles: { overlap: 0.25 } };
	const bundle = await openBundle(dir);
	const progress = createProgress();
	try {
		const speed = { view, frame: { width, height }, batches, threads, rounds, onCase: progress.note };
		const cases = await benchViews(bundle, speed);
		if (source === undefined) return { cases };
		const masks = await compareStitching(bundle, await openDataset(source), { view, split, threads });
		return { cases: [...cases, ...masks] };
	} finally {
		progress.stop();
	}
}
