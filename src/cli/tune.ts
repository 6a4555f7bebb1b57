/** `andon tune`: another operating point for a bundle, with what it promises and what it costs. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { AndonError } from '../base/errors.ts';
import { PRECISIONS, type Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import type { Tuning } from '../bundle/tune.ts';
import { OPERATING_POINTS } from '../metrics/operating-points/index.ts';
import { notPromised, percent } from '../metrics/operating-points/promise-of.ts';
import { compareThresholds, type WhatIfOptions } from '../metrics/what-if.ts';
import { perform, withJson } from './action.ts';
import { describePoint, perThousand, range, trim } from './describe-point.ts';
import { describeWhatIf } from './describe-what-if.ts';
import { type PointFlags, pointOf, share, withPointOptions } from './point-options.ts';
import { table } from './table.ts';
import { readView, viewOption } from './view-option.ts';

interface Flags extends PointFlags {
	readonly precision?: Precision;
	readonly split: 'test' | 'all';
	readonly whatIf?: boolean;
	readonly holdBand?: WhatIfOptions['holdBand'];
	readonly view?: string;
	readonly write?: boolean;
	readonly json?: boolean;
}

export function tuneCommand(): Command {
	return withPointOptions(withJson(new Command('tune').argument('<bundle>', 'folder of the bundle')))
		.argument('[dataset]', 'labelled parts that were used for nothing else (default: the scores kept in the bundle)')
		.description('choose the operating point of a bundle, with its guarantee, or refuse')
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
		.addOption(viewOption('the images of the dataset are looked at, as a station with this view sees its parts'))
		.option('--what-if', 'also what other thresholds would do: misses, false rejects, review load')
		.option('--hold-band <below,above>', 'what-if: scores around the threshold that a person reviews', holdBand)
		.option('--write', 'write the bundle again with this operating point')
		.addHelpText('after', EXAMPLES)
		.action((dir: string, source: string | undefined, flags: Flags) =>
			perform(flags, () => run(dir, source, flags), format),
		);
}

const METHODS = Object.entries(OPERATING_POINTS).map(
	([name, { description }]) => `  ${name.padEnd(18)} ${description}`,
);

const EXAMPLES = `
Methods:
${METHODS.join('\n')}

Examples:
  andon tune models/demo --recall 0.99 --confidence 0.95
  andon tune models/demo --recall 0.95 --per-class
  andon tune models/demo --method max-recall --budget 0.01
  andon tune models/demo --method fixed-precision --min-precision 0.9 --defect-rate 0.02
  andon tune models/demo --method cost-weighted --miss-cost 50 --false-reject-cost 1 --defect-rate 0.02
  andon tune models/demo --recall 0.99 --what-if --hold-band 0.02,0.05
  andon tune bundles/tiles ./new-tiles --split all --recall 0.95 --candidates 3 --write
  andon tune bundles/boards ./boards --view view.yaml --recall 0.95 --write
  andon tune models/demo --threshold 0.4 --write`;

async function run(dir: string, source: string | undefined, flags: Flags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { expectNoCascade } = await import('../pipeline/cascade/expect-cascade.ts');
	const { tune, tuningScores, writeOperatingPoint } = await import('../bundle/tune.ts');
	const { confidence = 0.95, precision, write, holdBand, defectRate } = flags;
	const point = pointOf(flags);
	const bundle = await openBundle(dir);
	if (source !== undefined) expectNoCascade(bundle, 'tuning on other parts');
	const calibration = await score(bundle, source, flags);
	const tuning = tune(bundle, point, { confidence, precision, calibration });
	const { threshold } = tuning.operatingPoint;
	const scores = tuningScores(bundle, { precision, calibration });
	const others = flags.whatIf ? { whatIf: compareThresholds(scores, threshold, { holdBand, defectRate }) } : {};
	const written = write ? await writeOperatingPoint(bundle, tuning.operatingPoint, calibration) : undefined;
	const { manifestHash } = written ?? bundle;
	return { ...tuning, ...others, dir: bundle.dir, written: written !== undefined, manifestHash };
}

async function score(bundle: Bundle, source: string | undefined, { split, view: file }: Flags) {
	const view = await readView(file);
	if (source === undefined && view) throw needsDataset();
	if (source === undefined) return undefined;
	const { openDataset } = await import('../training/datasets/index.ts');
	const { calibrateBundle } = await import('../pipeline/calibrate-bundle.ts');
	return calibrateBundle(bundle, await openDataset(source), { split, view });
}

function needsDataset(): AndonError {
	return new AndonError('USAGE', {
		expected: 'a dataset together with --view: the scores that the bundle keeps were made through another one',
		found: 'none',
		fix: 'Name labelled parts that were used for nothing else.',
	});
}

function format(result: Awaited<ReturnType<typeof run>>): string {
	const { operatingPoint, before, parts, bestF1, whatIf, dir, written, manifestHash } = result;
	const open = notPromised(operatingPoint);
	const rows = table([
		['threshold', describePoint(operatingPoint)],
		...(open.length > 0 ? [['not promised', [open.join('; ')]] as [string, string[]]] : []),
		[
			'parts',
			[`${parts.defective} defective, ${parts.sound} sound, each counted once`, ...classes(parts), missed(result)],
		],
		...(checks(result).length > 0 ? [['check', checks(result)] as [string, string[]]] : []),
		['best F1', bestF1 ? [`${trim(bestF1.f1)} at threshold ${trim(bestF1.threshold)}; promises no recall`] : ['none']],
		['before', [`${trim(before.threshold)} (${before.method})`]],
		['written', written ? [`${dir}, sha256 ${manifestHash}`, REDRAW] : ['no; --write puts it into the bundle']],
	]);
	return whatIf ? `${rows}\n\n${describeWhatIf(whatIf, operatingPoint.threshold)}` : rows;
}

/** Whether the false rejects are as stated, on parts that did not state them. */
function checks({ check: { halves, otherSplits } }: Tuning): string[] {
	const is = (isWithin: boolean | undefined) => (isWithin ? 'within the interval' : 'outside the interval (both vary)');
	const ofHalves = halves && [
		`half of the sound parts: ${perThousand(halves.stated)} rejected (95 %: ${range(halves.stated)}); ` +
			`of the other ${halves.found.n}: ${perThousand(halves.found)}, ${is(halves.isWithin)}`,
	];
	const ofSplits = otherSplits.flatMap(({ split, falseRejects, recall, isWithin }) =>
		falseRejects && recall
			? `${split}, which training has seen: ${perThousand(falseRejects)} of ${falseRejects.n} sound parts rejected, ` +
				`${is(isWithin)}; ${percent(Number(recall.rate.toFixed(3)))} of ${recall.n} defective found`
			: [],
	);
	return [...(ofHalves ?? []), ...ofSplits];
}

const REDRAW = 'without a report: `andon report <bundle> <dataset> --write` draws one of this point';

function classes({ perClass }: Tuning['parts']): string[] {
	const names = Object.entries(perClass);
	return names.length > 1 ? [names.map(([name, count]) => `${count} ${name}`).join(', ')] : [];
}

/** What a threshold that nobody chose by the defective parts does to them. */
function missed({ operatingPoint, audit: { misses, recallAtLeast, confidence } }: Tuning): string {
	const fall = `${misses} of the defective fall below`;
	if (operatingPoint.method !== 'fixed' && operatingPoint.method !== 'max-recall') return fall;
	return (
		`${fall}: recall at least ${percent(recallAtLeast)} with ${percent(confidence)} ` +
		'confidence, if the threshold was not chosen by looking at them'
	);
}

function holdBand(text: string): WhatIfOptions['holdBand'] {
	const [below, above, ...rest] = text.split(',').map(share);
	if (above !== undefined && rest.length === 0) return { below, above };
	throw new InvalidArgumentError('expected two numbers from 0 to 1, such as 0.02,0.05.');
}
