/** `andon dataset`: whether labelled images are fit to train on, and what they look like. */
import { Command, Option } from 'commander';
import type { DatasetReport } from '../training/datasets/check-dataset.ts';
import type { AlikePair } from '../training/datasets/check-leaks.ts';
import type { Dataset, DatasetOptions } from '../training/datasets/dataset.ts';
import type { PRESETS } from '../training/train-options.ts';
import { perform, withJson } from './action.ts';
import { collect } from './collect.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';

export function datasetCommand(): Command {
	return new Command('dataset')
		.description('check labelled images, or draw them on a sheet')
		.addCommand(checkCommand())
		.addCommand(sheetCommand());
}

interface OpenFlags {
	readonly kinds?: boolean;
	readonly sound?: string;
}

function withOpenFlags(command: Command): Command {
	return command
		.option('--kinds', 'classes are kinds of things: none is sound, none a defect')
		.option('--sound <class>', 'the sound class, where its name does not say so');
}

function openOptions({ kinds, sound }: OpenFlags): DatasetOptions {
	return { kinds, soundClass: sound };
}

interface CheckFlags extends OpenFlags {
	readonly sheet?: string;
	readonly pairs: number;
	readonly writeGroups?: string;
	readonly similarity?: number;
	readonly seed: number;
	readonly json?: boolean;
}

function checkCommand(): Command {
	return withJson(withOpenFlags(new Command('check').argument('<dataset>', 'folder, or simulated')))
		.description(
			'layout, counts, unreadable files, wrong masks, rare classes and look-alikes in two splits; fails when there are errors',
		)
		.option('--sheet <png>', 'draw the look-alikes side by side, those in two splits first')
		.option('--pairs <n>', 'pairs on the sheet', numberOption, 24)
		.option('--write-groups <csv>', 'write a split.csv that keeps look-alikes together and moves nothing else')
		.option('--similarity <s>', 'from which similarity on two images look alike, below 1 (default: 0.78)', numberOption)
		.option('--seed <n>', 'of the split, where the dataset brings none', numberOption, 0)
		.addHelpText(
			'after',
			'\nExample:\n  andon dataset check ./parts --sheet pairs.png --write-groups ./parts/split.csv',
		)
		.action((source: string, flags: CheckFlags) => perform(flags, () => check(source, flags), describe));
}

interface SheetFlags extends OpenFlags {
	readonly out: string;
	readonly count: number;
	readonly size?: number;
	readonly seed: number;
	readonly variants: number;
	readonly preset?: keyof typeof PRESETS;
	readonly config?: string;
	readonly set: readonly string[];
	readonly json?: boolean;
}

function sheetCommand(): Command {
	return withJson(withOpenFlags(new Command('sheet').argument('<dataset>', 'folder, or simulated')))
		.description('draw samples of every class: as they are, with their mask, and as each augmentation changes them')
		.requiredOption('--out <png>', 'where the sheet goes')
		.option('--count <n>', 'samples, a row each', numberOption, 10)
		.option(
			'--size <pixels>',
			'width and height that images are stretched to (default: the settings’, or 160)',
			numberOption,
		)
		.option('--variants <n>', 'columns with all augmentations together', numberOption, 3)
		.option('--seed <n>', 'which samples and variants', numberOption, 0)
		.addOption(
			new Option(
				'--preset <name>',
				'draw the augmentation of these training settings (default: every one there is)',
			).choices(['default', 'kinds', 'demo', 'plain']),
		)
		.option('--config <file>', 'training settings in YAML, laid over the preset')
		.option('--set <path=value>', 'one setting, such as augmentation.elastic.move=0.05 (repeatable)', collect, [])
		.addHelpText('after', '\nExample:\n  andon dataset sheet ./parts --out parts.png --preset default')
		.action((source: string, flags: SheetFlags) =>
			perform(
				flags,
				() => sheet(source, flags),
				({ out, columns }) => `${out}: ${columns.join(', ')}`,
			),
		);
}

interface CheckResult extends DatasetReport {
	readonly sheet?: string;
	/** What `--write-groups` wrote. */
	readonly regrouped?: { readonly path: string; readonly groups: number; readonly moved: number };
}

async function check(source: string, flags: CheckFlags): Promise<CheckResult> {
	const { openDataset } = await import('../training/datasets/index.ts');
	const { examineDataset } = await import('../training/datasets/check-dataset.ts');
	const dataset = await openDataset(source, { ...openOptions(flags), seed: flags.seed });
	const progress = createProgress();
	try {
		const { report, pairs } = await examineDataset(dataset, {
			threshold: flags.similarity,
			onProgress: (stage, done, total) => progress.update(done, total, stage),
		});
		if (report.findings.some(({ level }) => level === 'error')) process.exitCode = 1;
		return {
			...report,
			...(flags.sheet ? { sheet: await writePairs(flags.sheet, dataset, pairs, flags.pairs) } : {}),
			...(flags.writeGroups ? { regrouped: await writeGroups(flags.writeGroups, dataset, pairs, flags.seed) } : {}),
		};
	} finally {
		progress.stop();
	}
}

async function writePairs(path: string, dataset: Dataset, pairs: readonly AlikePair[], count: number): Promise<string> {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const { encodePng } = await import('../imaging/encode-image.ts');
	const { drawPairs } = await import('../training/datasets/draw-pairs.ts');
	await writeAtomic(path, await encodePng(await drawPairs(dataset, pairs, { count, size: 200 })));
	return path;
}

async function writeGroups(path: string, dataset: Dataset, pairs: readonly AlikePair[], seed: number) {
	const { AndonError } = await import('../base/errors.ts');
	const { regroup } = await import('../training/datasets/regroup.ts');
	const { writeSplitCsv } = await import('../training/datasets/write-split-csv.ts');
	if (dataset.layout === 'simulated')
		throw new AndonError('USAGE', {
			expected: 'a folder of images for --write-groups',
			found: dataset.name,
			fix: 'Write the simulated parts first: andon simulate --out DIR.',
		});
	const { samples, groups, moved } = regroup(dataset, pairs, seed);
	await writeSplitCsv(path, samples);
	return { path, groups, moved };
}

interface SheetResult {
	readonly out: string;
	/** From left to right. */
	readonly columns: readonly string[];
}

async function sheet(source: string, flags: SheetFlags): Promise<SheetResult> {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const { encodePng } = await import('../imaging/encode-image.ts');
	const { augmentationColumns } = await import('../training/datasets/augmentation-columns.ts');
	const { drawSamples } = await import('../training/datasets/draw-samples.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { out, count, seed, variants } = flags;
	const { width, height, channels, ...augmentation } = await sheetSettings(flags);
	const size = { width, height, channels };
	const columns = augmentationColumns({ ...augmentation, together: variants }, size);
	const dataset = await openDataset(source, { ...openOptions(flags), seed });
	await writeAtomic(out, await encodePng(await drawSamples(dataset, { ...size, seed, count, columns })));
	return { out, columns: ['as it is', 'mask', ...columns.map(({ title }) => title)] };
}

/** Of the training settings that are named, or else every augmentation at its defaults. */
async function sheetSettings({ preset, config, set, size }: SheetFlags) {
	if (preset || config || set.length > 0) {
		const { readTrainOptions } = await import('../training/read-train-options.ts');
		return readTrainOptions({ preset: preset ?? 'default', config, set, size });
	}
	const { cutPasteOptions } = await import('../training/augment/cut-paste.ts');
	const { AUGMENTATIONS, augmentationOptions } = await import('../training/augment/index.ts');
	const side = size ?? 160;
	return {
		width: side,
		height: side,
		channels: 3 as const,
		augmentation: augmentationOptions.parse(Object.fromEntries(Object.keys(AUGMENTATIONS).map((name) => [name, {}]))),
		cutPaste: { ...cutPasteOptions.parse({}), probability: 0.5 },
	};
}

function describe(result: CheckResult): string {
	const { dataset, layout, samples, groups, soundClass, counts, sizes, findings, lookAlikes, sheet, regrouped } =
		result;
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
		[
			'look-alikes',
			[
				`${lookAlikes.images} images in ${lookAlikes.pairs} pairs of at least ${lookAlikes.threshold}; ${lookAlikes.acrossSplits.length} pairs in two splits`,
			],
		],
		['found', findings.length === 0 ? ['nothing wrong'] : findings.map((f) => `${f.level}: ${f.about}: ${f.message}`)],
		...(sheet ? [['sheet', [sheet]] as [string, string[]]] : []),
		...(regrouped
			? [
					['split', [`${regrouped.path}: ${regrouped.groups} groups, ${regrouped.moved} images moved`]] as [
						string,
						string[],
					],
				]
			: []),
	]);
}
