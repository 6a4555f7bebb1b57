/** `andon iou`: what a bundle's expected IoU is worth, and its correction. */
import { extname, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { PRECISIONS, type Precision } from '../bundle/manifest.ts';
import type { IouComparison } from '../metrics/mask-iou/compare-ious.ts';
import type { IouAgreement } from '../metrics/mask-iou/iou-agreement.ts';
import type { Split } from '../training/datasets/dataset.ts';
import { perform, withJson } from './action.ts';
import { columns } from './columns.ts';
import { readView, viewOption } from './view-option.ts';

interface Flags {
	readonly json?: boolean;
	readonly split: Split;
	readonly precision?: Precision;
	readonly write?: boolean;
	readonly plot?: string;
	readonly view?: string;
}

export function iouCommand(): Command {
	return withJson(
		new Command('iou')
			.description('expected IoU (from the model’s probabilities) against measured IoU, with its correction')
			.argument('<bundle>', 'folder of the bundle')
			.argument('<dataset>', 'a folder of labelled images with masks, or `simulated`')
			.addOption(new Option('--split <name>', 'images to measure on').choices(['train', 'val', 'test']).default('test'))
			.addOption(new Option('--precision <name>', 'which model (default: the bundle’s default)').choices(PRECISIONS))
			.addOption(viewOption())
			.option('--write', 'choose the correction of every model on the val split anew and keep it in the bundle')
			.option('--plot <file>', 'draw the calibration plot there, as .svg or .png', pictureFile)
			.addHelpText(
				'after',
				'\nWithout --write the bundle’s correction is shown, or the one that --write would keep when it has none.\n\nExample:\n  andon iou bundles/tiles ./tiles --plot iou.png',
			),
	).action((dir: string, source: string, flags: Flags) => perform(flags, () => run(dir, source, flags), describe));
}

interface Result extends IouComparison {
	readonly split: Split;
	readonly precision: Precision;
	/** Whether the bundle had the correction, or it was chosen just now. */
	readonly correctionFrom: 'bundle' | 'val';
	readonly written: boolean;
	readonly plot?: string;
}

async function run(dir: string, source: string, { split, write = false, plot, ...flags }: Flags): Promise<Result> {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { fitIouCorrections, measureExpectedIou, writeIouCorrections } = await import('../pipeline/calibrate-iou.ts');
	const { isSameView } = await import('../imaging/view/view.ts');
	const { seedOf } = await import('../pipeline/fine-tune-bundle.ts');
	const bundle = await openBundle(dir);
	const { iouCorrections: kept, models } = bundle.manifest;
	const { precision = bundle.defaultPrecision } = flags;
	const dataset = await openDataset(source, { seed: seedOf(bundle.manifest) });
	const view = await readView(flags.view);
	const anew = write || !kept?.[precision] || !isSameView(view, kept[precision].view);
	const fitted = write ? models.map((model) => model.precision) : [precision];
	const corrections = anew ? await fitIouCorrections(bundle, dataset, { precisions: fitted, view }) : kept;
	const comparison = await measureExpectedIou(bundle, dataset, { split, precision, corrections, view });
	if (write) await writeIouCorrections(bundle, corrections);
	if (plot) await draw(comparison, plot);
	return {
		...comparison,
		split,
		precision,
		correctionFrom: anew ? 'val' : 'bundle',
		written: write,
		...(plot && { plot: resolve(plot) }),
	};
}

async function draw(comparison: IouComparison, file: string): Promise<void> {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const { sharp } = await import('../imaging/sharp.ts');
	const { calibrationChart } = await import('../training/report/charts/calibration-chart.ts');
	const { calibrationPanels } = await import('../training/report/sections/expected-iou-section.ts');
	const { standaloneSvg } = await import('../training/report/standalone-svg.ts');
	const svg = standaloneSvg(calibrationChart(calibrationPanels(comparison)));
	await writeAtomic(
		file,
		extname(file) === '.svg' ? svg : await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer(),
	);
}

function describe({ split, precision, correctionFrom, written, plot, ...comparison }: Result): string {
	const { before, after, correction, unmarked, sound } = comparison;
	const head = ['expected IoU', 'images', 'expected', 'measured', 'bias', 'mean abs. error', 'correlation'];
	const chosen = correction
		? `correction: ${correction.method}, ${correctionFrom === 'bundle' ? 'kept in the bundle' : 'chosen just now'}, from ${correction.n} val images of ${correction.parts} parts (cross-validated RMSE ${errors(correction.errors)})`
		: 'correction: none; none helped on val, or its parts were too few';
	return [
		`${split}, ${precision}, defective images:`,
		columns(head, [rowOf('from probabilities', before), ...(after ? [rowOf('corrected', after)] : [])]),
		chosen,
		`not in these figures: ${unmarked} defective images without a marked pixel; ${sound.marked} of ${sound.n} sound images have one${sound.meanExpected === undefined ? '' : `, with an expected IoU of ${digits(sound.meanExpected)} where the truth is 0`}`,
		written
			? 'written into the bundle, without its report: `andon report <bundle> <dataset> --write` draws it again'
			: '',
		plot ?? '',
	]
		.filter(Boolean)
		.join('\n');
}

function rowOf(name: string, one: IouAgreement): string[] {
	const figures = [one.meanExpected, one.meanMeasured, one.bias, one.meanAbsoluteError, one.correlation];
	return [name, String(one.n), ...figures.map(digits)];
}

function errors(known: Readonly<Record<string, number>>): string {
	return Object.entries(known)
		.map(([name, error]) => `${name} ${digits(error)}`)
		.join(', ');
}

function digits(value: number): string {
	return Number.isNaN(value) ? '–' : value.toFixed(3);
}

function pictureFile(text: string): string {
	if (['.svg', '.png'].includes(extname(text))) return text;
	throw new InvalidArgumentError('expected a file that ends in .svg or .png.');
}
