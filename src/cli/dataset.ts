/** `andon dataset`: whether labelled images are fit to train on, and what they look like. */
import { Command } from 'commander';
import type { DatasetReport } from '../training/datasets/check-dataset.ts';
import { perform, withJson } from './action.ts';
import { numberOption } from './number-option.ts';
import { table } from './table.ts';

export function datasetCommand(): Command {
	return new Command('dataset')
		.description('check labelled images, or draw them on a sheet')
		.addCommand(checkCommand())
		.addCommand(sheetCommand());
}

function checkCommand(): Command {
	return withJson(new Command('check').argument('<dataset>', 'folder, or simulated'))
		.description('layout, counts, unreadable files, wrong masks and leaks between splits; fails when there are errors')
		.addHelpText('after', '\nExample:\n  andon dataset check ./parts')
		.action((source: string, flags) => perform(flags, () => check(source), describe));
}

interface SheetFlags {
	readonly out: string;
	readonly count: number;
	readonly size: number;
	readonly seed: number;
	readonly variants: number;
	readonly json?: boolean;
}

function sheetCommand(): Command {
	return withJson(new Command('sheet').argument('<dataset>', 'folder, or simulated'))
		.description('draw samples of every class: as they are, with their mask, and as augmentation changes them')
		.requiredOption('--out <png>', 'where the sheet goes')
		.option('--count <n>', 'samples, a row each', numberOption, 10)
		.option('--size <pixels>', 'width and height that images are stretched to', numberOption, 160)
		.option('--variants <n>', 'augmented pictures of each, with every augmentation on', numberOption, 5)
		.option('--seed <n>', 'which samples and variants', numberOption, 0)
		.addHelpText('after', '\nExample:\n  andon dataset sheet ./parts --out parts.png --variants 5')
		.action((source: string, flags: SheetFlags) =>
			perform(
				flags,
				() => sheet(source, flags),
				({ out }) => out,
			),
		);
}

async function check(source: string): Promise<DatasetReport> {
	const { openDataset } = await import('../training/datasets/index.ts');
	const { checkDataset } = await import('../training/datasets/check-dataset.ts');
	const report = await checkDataset(await openDataset(source));
	if (report.findings.some(({ level }) => level === 'error')) process.exitCode = 1;
	return report;
}

async function sheet(source: string, { out, count, size, seed, variants }: SheetFlags): Promise<{ out: string }> {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const { encodePng } = await import('../imaging/encode-image.ts');
	const { AUGMENTATIONS, augmentationOptions, createAugmenter } = await import('../training/augment/index.ts');
	const { drawSamples } = await import('../training/datasets/draw-samples.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const shape = { width: size, height: size, channels: 1 as const };
	const everything = augmentationOptions.parse(
		Object.fromEntries(Object.keys(AUGMENTATIONS).map((name) => [name, name === 'flip' ? {} : { probability: 1 }])),
	);
	const augment = createAugmenter(everything, shape);
	const dataset = await openDataset(source, { seed });
	await writeAtomic(out, await encodePng(await drawSamples(dataset, { ...shape, seed, count, variants, augment })));
	return { out };
}

function describe({ dataset, layout, samples, groups, soundClass, counts, sizes, findings }: DatasetReport): string {
	const perClass = Object.entries(counts).map(
		([name, { train, val, test }]) =>
			`${name}${name === soundClass ? ' (sound)' : ''}: ${train} train, ${val} val, ${test} test`,
	);
	const common = Object.entries(sizes).slice(0, 5);
	const others = Object.keys(sizes).length - common.length;
	return table([
		['dataset', [dataset]],
		['layout', [layout]],
		['images', [`${samples} in ${groups} groups`]],
		['classes', perClass],
		['sizes', [...common.map(([size, n]) => `${size}: ${n}`), ...(others > 0 ? [`and ${others} other sizes`] : [])]],
		['found', findings.length === 0 ? ['nothing wrong'] : findings.map((f) => `${f.level}: ${f.about}: ${f.message}`)],
	]);
}
