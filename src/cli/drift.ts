/** `andon drift`: what calibration parts look like, kept in a bundle so that stations notice when theirs no longer do. */
import { Command, Option } from 'commander';
import { perform, withJson } from './action.ts';
import { table } from './table.ts';
import { readView, viewOption } from './view-option.ts';

interface Flags {
	readonly split: 'test' | 'all';
	readonly view?: string;
	readonly write?: boolean;
	readonly json?: boolean;
}

export function driftCommand(): Command {
	return new Command('drift').description('the reference of the drift watch').addCommand(fitCommand());
}

function fitCommand(): Command {
	return withJson(new Command('fit').argument('<bundle>', 'folder of the bundle'))
		.argument('<dataset>', 'parts as they were when the operating point was chosen')
		.description('measure light, sharpness, colour, surface and scores of calibration parts for the drift watch')
		.addOption(
			new Option('--split <name>', 'val and test of the dataset the bundle was trained on, or all of a fresh one')
				.choices(['test', 'all'])
				.default('test'),
		)
		.addOption(viewOption('parts are seen'))
		.option('--write', 'write the bundle again with this reference')
		.addHelpText(
			'after',
			'\nExample:\n  andon drift fit bundles/tiles ./tiles --write\n  andon drift fit models/demo simulated:seed=77,count=3000 --split all',
		)
		.action((dir: string, source: string, flags: Flags) => perform(flags, () => run(dir, source, flags), format));
}

async function run(dir: string, source: string, { split, write, view: file }: Flags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { fitDrift, writeDrift } = await import('../pipeline/drift-file.ts');
	const bundle = await openBundle(dir);
	const fitted = await fitDrift(bundle, await openDataset(source), { split, view: await readView(file) });
	const { bank, held, file: reference } = fitted;
	const written = write ? await writeDrift(bundle, reference) : undefined;
	const statistics = Object.keys(reference.cutPoints).map((name) => ({
		name,
		...quartiles(reference.held.filter((part) => !part.defective).map((part) => figureOf(part, name))),
	}));
	const bytes = JSON.stringify(reference).length;
	const manifestHash = (written ?? bundle).manifestHash;
	return {
		dir: bundle.dir,
		dataset: reference.dataset,
		bank,
		held,
		statistics,
		bytes,
		written: Boolean(written),
		manifestHash,
	};

	function figureOf({ values, scores }: (typeof reference)['held'][number], name: string): number {
		return name === 'score' ? scores[bundle.defaultPrecision]! : (values as Record<string, number>)[name];
	}
}

function quartiles(values: readonly number[]) {
	const sorted = values.toSorted((a, b) => a - b);
	const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
	return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

function format({
	dir,
	dataset,
	bank,
	held,
	statistics,
	bytes,
	written,
	manifestHash,
}: Awaited<ReturnType<typeof run>>) {
	const figure = (value: number) => Number(value.toPrecision(3));
	return table([
		[
			'parts',
			[
				`${bank} sound images to know the surface by, ${held.sound} sound and ${held.defective} defective parts held out`,
				dataset,
			],
		],
		[
			'median',
			statistics.map(
				({ name, low, median, high }) =>
					`${name.padEnd(10)} ${figure(median)}, half of the sound parts within ${figure(low)} … ${figure(high)}`,
			),
		],
		['file', [`drift.json, ${(bytes / 1024).toFixed(0)} KiB`]],
		['written', [written ? `${dir}, sha256 ${manifestHash}` : 'no; --write puts it into the bundle']],
	]);
}
