/** `andon report`: the page that shows a bundle to people, drawn again on any labelled images. */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Split } from '../training/datasets/dataset.ts';
import { perform, withJson } from './action.ts';

interface Flags {
	readonly json?: boolean;
	readonly split: Split;
	readonly out?: string;
	readonly write?: boolean;
	readonly samples?: string;
}

export function reportCommand(): Command {
	return withJson(
		new Command('report')
			.description('draw the report of a bundle: one HTML file, figures, curves, mistakes, robustness')
			.argument('<bundle>', 'folder of the bundle')
			.argument('<dataset>', 'a folder of labelled images, or `simulated`')
			.addOption(new Option('--split <name>', 'which images').choices(['train', 'val', 'test']).default('test'))
			.option('--out <file>', 'where the page goes (default: report-<name of the bundle>.html)')
			.option('--write', 'write the bundle again with this report instead')
			.option('--samples <dir>', 'pictures of the training run, such as runs/parts/samples')
			.addHelpText('after', '\nExample:\n  andon report models/demo simulated:seed=9,count=500 --out demo.html'),
	).action((dir: string, source: string, flags: Flags) =>
		perform(
			flags,
			() => run(dir, source, flags),
			({ page }) => page,
		),
	);
}

async function run(dir: string, source: string, { split, out, write, samples }: Flags) {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { reportBundle, writeReport } = await import('../pipeline/report/report-bundle.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { renderReport } = await import('../training/report/render-report.ts');
	const bundle = await openBundle(dir);
	const data = await reportBundle(bundle, await openDataset(source), { split, samplesDir: samples });
	const html = renderReport(data);
	const page = resolve(out ?? (write ? `${dir}/report.html` : `report-${bundle.manifest.name}.html`));
	if (write) await writeReport(bundle, html);
	if (!write || out) await writeAtomic(page, html);
	return { page, written: write === true, split, models: data.models, robustness: data.robustness };
}
