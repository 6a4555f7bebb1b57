/** `andon simulate`: writes parts of the simulated line as a dataset with exact masks, and a sheet to look at. */
import { Command } from 'commander';
import type { DefectName } from '../imaging/simulated-line/defects/index.ts';
import type { SurfaceName } from '../imaging/simulated-line/surfaces/index.ts';
import { perform, withJson } from './action.ts';
import { numberOption } from './number-option.ts';

interface Flags {
	readonly out?: string;
	readonly sheet?: string;
	readonly count: number;
	readonly seed: number;
	readonly size: number;
	readonly defectRate: number;
	readonly json?: boolean;
}

interface Result {
	readonly parts: number;
	readonly dataset?: string;
	readonly sheet?: string;
	readonly counts: Record<string, number>;
}

export function simulateCommand(): Command {
	return withJson(
		new Command('simulate')
			.description('draw parts of the simulated line: images, exact masks and split.csv, or one sheet to look at')
			.option('--out <dir>', 'folder for the dataset')
			.option('--sheet <png>', 'picture of one part of every surface and defect, faint to obvious')
			.option('--count <n>', 'parts to write', numberOption, 200)
			.option('--seed <n>', 'the same seed gives the same parts', numberOption, 1)
			.option('--size <pixels>', 'width and height', numberOption, 128)
			.option('--defect-rate <share>', 'share of defective parts', numberOption, 0.5)
			.addHelpText('after', '\nExample:\n  andon simulate --out parts --count 500 --sheet parts.png'),
	).action((flags: Flags) => perform(flags, () => run(flags), describe));
}

async function run(flags: Flags): Promise<Result> {
	const { AndonError } = await import('../base/errors.ts');
	const { parseWith } = await import('../base/parse.ts');
	const { SimulatedLine, simulatedLineSettings } = await import('../imaging/simulated-line/simulated-line.ts');
	if (!flags.out && !flags.sheet)
		throw new AndonError('USAGE', {
			expected: '--out or --sheet',
			found: 'neither',
			fix: 'Say where to write: --out DIR for a dataset, --sheet FILE.png for a picture.',
		});
	const { seed, size, defectRate, count } = flags;
	const settings = parseWith(
		simulatedLineSettings,
		{ seed, width: size, height: size, defectRate },
		'the options of andon simulate',
		'USAGE',
	);
	const line = new SimulatedLine(settings);
	const counts: Record<string, number> = {};
	if (flags.sheet) await writeSheet(flags.sheet, seed, size);
	if (!flags.out) return { parts: 0, sheet: flags.sheet, counts };
	const { writeDataset } = await import('../training/datasets/write-dataset.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const dataset = await openDataset(
		`simulated:seed=${line.settings.seed},count=${count},size=${size},defectRate=${defectRate}`,
	);
	for (const sample of dataset.samples) counts[sample.class] = (counts[sample.class] ?? 0) + 1;
	await writeDataset(dataset, flags.out);
	return { parts: count, dataset: flags.out, sheet: flags.sheet, counts };
}

/** A row for each surface and defect: sound, then severity 0, ⅓, ⅔ and 1, each beside its mask. */
async function writeSheet(path: string, seed: number, size: number): Promise<void> {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const { contactSheet } = await import('../imaging/contact-sheet.ts');
	const { encodePng } = await import('../imaging/encode-image.ts');
	const { DEFECT_NAMES, renderPart, SURFACE_NAMES } = await import('../imaging/simulated-line/simulated-line.ts');
	let index = 0;
	const draw = (surface: SurfaceName, defectClass?: DefectName, severity = 0) =>
		renderPart({ seed, index: index++, width: size, height: size, surface, defectClass, severity });
	const tiles = SURFACE_NAMES.flatMap((surface) =>
		DEFECT_NAMES.flatMap((name) => {
			const parts = [0, 1 / 3, 2 / 3, 1].map((severity) => draw(surface, name, severity));
			const pairs = parts.flatMap(({ pixels, mask }) => [pixels, { ...mask, channels: 1 as const }]);
			return [draw(surface).pixels, ...pairs];
		}),
	);
	await writeAtomic(path, await encodePng(contactSheet(tiles, { columns: 9 })));
}

function describe({ parts, dataset, sheet, counts }: Result): string {
	const classes = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
	return [
		...(dataset ? [`${parts} parts in ${dataset} (${classes.join(', ')})`] : []),
		...(sheet ? [`sheet ${sheet}`] : []),
	].join('\n');
}
