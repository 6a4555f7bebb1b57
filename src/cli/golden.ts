/** `andon golden`: reference parts of a bundle: enrol them, list them, and see whether they are still judged as they were. */
import { Command, Option } from 'commander';
import type { Candidate } from '../bundle/choose-golden.ts';
import type { GoldenPart } from '../bundle/golden.ts';
import { PRECISIONS, type Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { PROVIDERS, type Provider } from '../inference/providers.ts';
import { percent } from '../metrics/operating-points/promise-of.ts';
import type { GoldenJudgement, GoldenOutcome } from '../station/golden/golden-run.ts';
import { perform, withJson } from './action.ts';
import { columns } from './columns.ts';
import { trim } from './describe-point.ts';
import { numberOption } from './number-option.ts';
import { table } from './table.ts';

interface EnrollFlags {
	readonly count: number;
	readonly split: 'test' | 'all';
	readonly json?: boolean;
}

interface RunFlags {
	readonly set?: string;
	readonly precision?: Precision;
	readonly provider: Provider;
	readonly threshold?: number;
	readonly blur?: number;
	readonly json?: boolean;
}

export function goldenCommand(): Command {
	return new Command('golden')
		.description('golden parts of a bundle: reference parts that prove that a station still sees')
		.addCommand(enrollCommand())
		.addCommand(listCommand())
		.addCommand(runCommand());
}

function enrollCommand(): Command {
	return withJson(new Command('enroll').argument('<bundle>', 'folder of the bundle'))
		.argument('[dataset]', 'labelled parts to choose from (default: the golden parts there, scored anew)')
		.description('write golden parts into a bundle, with what its models give for them')
		.option('--count <n>', 'golden parts, half of them defective', numberOption, 12)
		.addOption(
			new Option('--split <name>', 'images of the dataset: its test split, or all of a fresh one')
				.choices(['test', 'all'])
				.default('test'),
		)
		.addHelpText('after', '\nExample:\n  andon golden enroll bundles/tiles ./tiles --count 20')
		.action((dir: string, source: string | undefined, flags: EnrollFlags) =>
			perform(flags, () => enroll(dir, source, flags), formatList),
		);
}

function listCommand(): Command {
	return withJson(new Command('list').argument('<bundle>', 'folder of the bundle'))
		.description('print the golden parts of a bundle')
		.addHelpText('after', '\nExample:\n  andon golden list models/demo')
		.action((dir: string, flags: { json?: boolean }) => perform(flags, () => list(dir), formatList));
}

function runCommand(): Command {
	return withJson(new Command('run').argument('<bundle>', 'folder of the bundle'))
		.description('inspect the golden parts as a station would; the exit code is 1 when they fail')
		.option('--set <bundle>', 'golden parts of another bundle: what a station sees when its bundle is swapped')
		.addOption(
			new Option('--precision <name>', 'the model to run (default: the default model)').choices([...PRECISIONS]),
		)
		.addOption(new Option('--provider <name>', 'execution provider').choices(PROVIDERS).default('cpu'))
		.option('--threshold <score>', 'judge at this threshold: what a station sees that was set to it', numberOption)
		.option('--blur <pixels>', 'blur the images: what a camera shows that is so far out of focus', numberOption)
		.addHelpText(
			'after',
			'\nExamples:\n  andon golden run models/demo\n  andon golden run models/demo --threshold 0.95\n  andon golden run models/demo --blur 2',
		)
		.action((dir: string, flags: RunFlags) => perform(flags, () => run(dir, flags), formatRun));
}

async function enroll(dir: string, source: string | undefined, { count, split }: EnrollFlags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { writeGolden } = await import('../bundle/golden.ts');
	const bundle = await openBundle(dir);
	const parts = source === undefined ? await expectGolden(bundle) : await choose(bundle, source, count, split);
	const { enrollParts } = await import('../station/golden/enroll-parts.ts');
	return list((await writeGolden(bundle, await enrollParts(bundle, parts))).dir);
}

/** The chosen parts with their pictures, not yet enrolled. */
async function choose(bundle: Bundle, source: string, count: number, split: EnrollFlags['split']) {
	const { chooseGolden } = await import('../bundle/choose-golden.ts');
	const { calibrateBundle } = await import('../pipeline/calibrate-bundle.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const dataset = await openDataset(source);
	const { exposures } = await calibrateBundle(bundle, dataset, { split, view: bundle.manifest.operatingPoint.view });
	const { defaultPrecision: precision, manifest } = bundle;
	const chosen = chooseGolden(exposures, { count, precision, thresholds: await thresholdsOf(bundle) });
	const samples = new Map(dataset.samples.map((sample) => [sample.id, sample]));
	const pictures = async ({ image, class: name, defective }: Candidate) => {
		const { encodePng } = await import('../imaging/encode-image.ts');
		const { pixels, mask } = await dataset.load(samples.get(image)!, { channels: manifest.input.channels });
		const drawn = defective && mask ? { mask: await encodePng(mask) } : {};
		return { id: image, class: name, defective, image: await encodePng(pixels), ...drawn };
	};
	return Promise.all(chosen.map(pictures));
}

async function thresholdsOf({ manifest }: Bundle): Promise<Record<string, number>> {
	const { operatingPointOf } = await import('../bundle/operating-point-of.ts');
	return Object.fromEntries(
		manifest.models.map(({ precision }) => [precision, operatingPointOf(manifest, precision).threshold]),
	);
}

async function list(dir: string) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const bundle = await openBundle(dir);
	const parts = (await expectGolden(bundle)).map(({ image, mask, ...part }) => ({ ...part, hasMask: !!mask }));
	return { dir: bundle.dir, manifestHash: bundle.manifestHash, thresholds: await thresholdsOf(bundle), parts };
}

async function expectGolden(bundle: Bundle): Promise<readonly GoldenPart[]> {
	const { readGolden } = await import('../bundle/golden.ts');
	const { AndonError } = await import('../base/errors.ts');
	const parts = readGolden(bundle);
	if (parts) return parts;
	throw new AndonError('GOLDEN_UNAVAILABLE', {
		expected: `golden parts in ${bundle.dir}`,
		found: 'none',
		fix: 'Enrol some with `andon golden enroll <bundle> <dataset>`.',
	});
}

async function run(dir: string, { set = dir, precision: wanted, provider, threshold, blur }: RunFlags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { operatingPointOf } = await import('../bundle/operating-point-of.ts');
	const { inspectParts } = await import('../station/golden/inspect-parts.ts');
	const { goldenSchema } = await import('../station/golden/golden-options.ts');
	const { judgeGolden } = await import('../station/golden/judge-golden.ts');
	const [bundle, reference] = [await openBundle(dir), await openBundle(set)];
	const { manifest, defaultPrecision } = bundle;
	const precision = wanted ?? defaultPrecision;
	const shipped = operatingPointOf(manifest, precision);
	const operatingPoint =
		threshold === undefined
			? shipped
			: { threshold, method: 'fixed' as const, precision: shipped.precision, view: shipped.view };
	const parts = await expectGolden(reference);
	const shown = blur === undefined ? parts : await blurred(parts, blur, manifest.input.channels);
	const mode = blur === undefined ? 'injected' : 'presented';
	const inspected = await inspectParts(bundle, shown, { precision, provider, operatingPoint });
	const outcomes = blur === undefined ? inspected : await withLooks(inspected, shown, parts, manifest.input);
	const judgement = judgeGolden(parts, outcomes, {
		mode,
		precision,
		threshold: operatingPoint.threshold,
		enrolledThreshold: operatingPointOf(reference.manifest, precision).threshold,
		requirements: goldenSchema.parse({}).pass,
		...(reference.manifestHash === bundle.manifestHash ? {} : { otherBundle: 'Another bundle runs.' }),
	});
	if (!judgement.passed) process.exitCode = 1;
	return { dir: bundle.dir, set: reference.dir, precision, provider, mode, operatingPoint, ...judgement };
}

/** How each blurred picture looks beside the sharp one, as the model sees them. */
async function withLooks(
	outcomes: readonly GoldenOutcome[],
	shown: readonly GoldenPart[],
	parts: readonly GoldenPart[],
	input: Bundle['manifest']['input'],
): Promise<GoldenOutcome[]> {
	const { compareLooks } = await import('../station/inspector/golden-desk.ts');
	const { decodeImage } = await import('../imaging/decode-image.ts');
	const look = async (i: number) => compareLooks(await decodeImage(shown[i].image, input), parts[i].image);
	return Promise.all(outcomes.map(async (outcome, i) => ({ ...outcome, look: await look(i) })));
}

/** As a lens would show them that is out of focus. */
async function blurred(parts: readonly GoldenPart[], sigma: number, channels: 1 | 3): Promise<GoldenPart[]> {
	const { createBlur } = await import('../training/augment/blur.ts');
	const { decodeImage } = await import('../imaging/decode-image.ts');
	const { encodePng } = await import('../imaging/encode-image.ts');
	return Promise.all(
		parts.map(async (part) => {
			const pixels = await decodeImage(part.image, { channels });
			const values = Float32Array.from(pixels.data);
			createBlur(pixels)(values, sigma);
			return { ...part, image: await encodePng({ ...pixels, data: Uint8Array.from(values, Math.round) }) };
		}),
	);
}

function formatList({ dir, manifestHash, thresholds, parts }: Awaited<ReturnType<typeof list>>): string {
	const precisions = Object.keys(thresholds);
	const rows = parts.map(({ id, class: name, enrolled, hasMask }) => [
		id,
		name,
		...precisions.map((precision) => scoreOf(enrolled[precision])),
		hasMask ? 'mask' : '',
	]);
	return [
		columns(['part', 'class', ...precisions.map((precision) => `${precision} score (IoU)`), ''], rows),
		'',
		`${parts.length} golden parts in ${dir}, sha256 ${manifestHash}`,
	].join('\n');
}

function scoreOf(enrolled: { score: number; iou?: number } | undefined): string {
	if (!enrolled) return 'not enrolled';
	return enrolled.score.toFixed(3) + (enrolled.iou === undefined ? '' : ` (${enrolled.iou.toFixed(2)})`);
}

function formatRun(result: Awaited<ReturnType<typeof run>>): string {
	const { operatingPoint, precision, provider, passed, why, hints, set } = result;
	return table([
		['golden', [`${result.parts.length} parts of ${set}, ${result.mode}`]],
		['model', [`${result.dir}, ${precision} on ${provider}, threshold ${trim(operatingPoint.threshold)}`]],
		['found', [foundOf(result)]],
		['rejected', [rejectedOf(result)]],
		['IoU', [iouOf(result)]],
		['shift', shiftOf(result)],
		['verdict', passed ? ['passed'] : ['FAILED', ...why, ...hints]],
	]);
}

function foundOf({ n, missed, recall }: GoldenJudgement): string {
	if (recall === undefined) return 'no defective part';
	return `${n.defective - missed.length} of ${n.defective} defective parts (recall ${percent(Number(recall.toFixed(3)))})`;
}

function rejectedOf({ falseRejects: { n, count, atEnrolment }, held }: GoldenJudgement): string {
	return `${count} of ${n} sound parts (${atEnrolment} at enrolment)${held > 0 ? `, ${held} held` : ''}`;
}

function iouOf({ measuredIou: { n, mean, enrolled } }: GoldenJudgement): string {
	if (mean === undefined || enrolled === undefined) return 'not measured';
	return `measured ${mean.toFixed(3)}, ${enrolled.toFixed(3)} at enrolment (n = ${n})`;
}

function shiftOf({ scoreShift: { n, meanAbsolute, largest, worst } }: GoldenJudgement): string[] {
	if (meanAbsolute === undefined || largest === undefined) return ['no part has a score at enrolment'];
	return [
		`${trim(meanAbsolute)} on average, at most ${trim(Math.abs(largest))} (n = ${n})`,
		...worst
			.filter(({ shift }) => shift !== 0)
			.map(
				({ part, score, enrolledScore }) =>
					`${part}: ${enrolledScore?.toFixed(3)} at enrolment, ${score?.toFixed(3)} now`,
			),
	];
}
