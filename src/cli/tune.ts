/** `andon tune`: another operating point for a bundle, with what it promises and what it costs. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { PRECISIONS, type Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { Tuning } from '../bundle/tune.ts';
import { perform, withJson } from './action.ts';
import { describePoint, percent, trim } from './describe-point.ts';
import { table } from './table.ts';

interface Flags {
	readonly recall: number;
	readonly confidence: number;
	readonly threshold?: number;
	readonly precision?: Precision;
	readonly split: 'test' | 'all';
	readonly write?: boolean;
	readonly json?: boolean;
}

export function tuneCommand(): Command {
	return withJson(new Command('tune').argument('<bundle>', 'folder of the bundle'))
		.argument('[dataset]', 'labelled parts that were used for nothing else (default: the scores kept in the bundle)')
		.description('choose the operating point of a bundle, with its guarantee, or refuse')
		.option('--recall <share>', 'share of defective parts that must be found', share, 0.99)
		.option('--confidence <share>', 'confidence of that statement', share, 0.95)
		.addOption(
			new Option('--threshold <score>', 'take this threshold instead; it promises no recall')
				.argParser(share)
				.conflicts('recall'),
		)
		.addOption(
			new Option(
				'--precision <name>',
				'the model to choose for, on its own scores (default: the default model)',
			).choices(PRECISIONS),
		)
		.addOption(
			new Option('--split <name>', 'images of the dataset: its test split, or all of a fresh one')
				.choices(['test', 'all'])
				.default('test'),
		)
		.option('--write', 'write the bundle again with this operating point')
		.addHelpText(
			'after',
			'\nExamples:\n  andon tune models/demo --recall 0.99 --confidence 0.95\n  andon tune bundles/tiles ./new-tiles --split all --recall 0.95 --write\n  andon tune models/demo --threshold 0.4 --write',
		)
		.action((dir: string, source: string | undefined, flags: Flags) =>
			perform(flags, () => run(dir, source, flags), format),
		);
}

async function run(dir: string, source: string | undefined, flags: Flags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { tune, writeOperatingPoint } = await import('../bundle/tune.ts');
	const { recall, confidence, threshold, precision, write } = flags;
	const bundle = await openBundle(dir);
	const calibration = source === undefined ? undefined : await score(bundle, source, flags.split);
	const target = threshold === undefined ? { recall } : { threshold };
	const tuning = tune(bundle, target, { confidence, precision, calibration });
	const written = write ? await writeOperatingPoint(bundle, tuning.operatingPoint, calibration) : undefined;
	return { ...tuning, dir: bundle.dir, written: written !== undefined, manifestHash: (written ?? bundle).manifestHash };
}

async function score(bundle: Bundle, source: string, split: Flags['split']) {
	const { openDataset } = await import('../training/datasets/index.ts');
	const { calibrateBundle } = await import('../pipeline/calibrate-bundle.ts');
	return calibrateBundle(bundle, await openDataset(source), split);
}

function format(result: Awaited<ReturnType<typeof run>>): string {
	const { operatingPoint, before, parts, bestF1, dir, written, manifestHash } = result;
	return table([
		['threshold', describePoint(operatingPoint)],
		['parts', [`${parts.defective} defective, ${parts.sound} sound, each counted once`, missed(result)]],
		['best F1', bestF1 ? [`${trim(bestF1.f1)} at threshold ${trim(bestF1.threshold)}; promises no recall`] : ['none']],
		['before', [`${trim(before.threshold)} (${before.method})`]],
		['written', written ? [`${dir}, sha256 ${manifestHash}`, REDRAW] : ['no; --write puts it into the bundle']],
	]);
}

const REDRAW = 'without a report: `andon report <bundle> <dataset> --write` draws one of this point';

/** What a threshold that nobody certified does to the parts at hand. */
function missed({ operatingPoint, audit: { misses, recallAtLeast, confidence } }: Tuning): string {
	if (operatingPoint.method !== 'fixed') return `${misses} of the defective fall below`;
	return (
		`${misses} of the defective fall below: recall at least ${percent(recallAtLeast)} with ${percent(confidence)} ` +
		'confidence, if the threshold was not chosen by looking at them'
	);
}

function share(text: string): number {
	const value = Number(text);
	if (text.trim() !== '' && value >= 0 && value <= 1) return value;
	throw new InvalidArgumentError('expected a number from 0 to 1, such as 0.99.');
}
