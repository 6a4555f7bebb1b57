/** `andon inspect`: image files against a bundle, once. */
import { basename, extname, join } from 'node:path';
import { Command } from 'commander';
import { AndonError } from '../base/errors.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { sayDefect } from '../station/decision/words.ts';
import type { FileInspection } from '../station/inspect-files.ts';
import { perform, withJson } from './action.ts';
import { collect } from './collect.ts';
import { trim } from './describe-point.ts';
import { type RuleFlags, rulesOf } from './inspect-rules.ts';
import { numberOption } from './number-option.ts';
import { viewOption } from './view-option.ts';

interface Flags extends RuleFlags {
	readonly overlay?: string;
	readonly heat?: string;
	readonly json?: boolean;
}

interface Result {
	readonly bundle: { readonly name: string; readonly version: string };
	readonly threshold: number;
	/** Why no recall is promised; absent when the rules can only make verdicts stricter. */
	readonly promiseVoid?: readonly string[];
	readonly inspections: readonly (FileInspection & { readonly overlay?: string; readonly heat?: string })[];
}

const EXAMPLES = `
Examples:
  andon inspect models/demo part.png --overlay seen
  andon inspect bundle part.png --mm-per-pixel 0.05 --rule "defect if area > 2 mm² or any Crack"
  andon inspect bundle board.png --view view.yaml --overlay seen
  andon inspect bundle part.png --config station.yaml`;

/** Defects that are listed in words. */
const LISTED = 10;

export function inspectCommand(): Command {
	return withJson(
		new Command('inspect')
			.description('inspect image files with a bundle; the exit code is 1 when one of them could not be inspected')
			.argument('<bundle>', 'folder of the bundle')
			.argument('<image...>', 'image files')
			.option('--overlay <dir>', 'write each image there with what was found drawn on it')
			.option('--heat <dir>', 'write each image there as the model saw it, with heat where it sees a defect')
			.option(
				'--config <station.yaml>',
				'inspect as that station does: its view, scale, sizes, severity rules and hold band',
			)
			.option('--camera <id>', 'which camera of the station, when they differ in scale or view')
			.option('--recipe <id>', 'which recipe of the station; the one of the first start if absent')
			.addOption(viewOption())
			.option('--mm-per-pixel <mm>', 'width of a pixel of the image in millimetres', numberOption)
			.option('--rule <rule>', 'a severity rule; may be repeated, adds to those of --config', collect, [])
			.option('--allow-relaxing', 'let rules and minimum sizes pass parts that the threshold flags')
			.addHelpText('after', EXAMPLES),
	).action((bundle: string, images: string[], flags: Flags) =>
		perform(flags, () => run(bundle, images, flags), describe),
	);
}

async function run(dir: string, images: readonly string[], flags: Flags): Promise<Result> {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { inspectFiles } = await import('../station/inspect-files.ts');
	const { promiseVoidOf } = await import('../station/decision/promise.ts');
	const { overlay, heat: heatDir } = flags;
	const rules = await rulesOf(flags);
	const bundle = await openBundle(dir);
	if (heatDir) expectHeat(bundle);
	const inspections: Result['inspections'][number][] = [];
	for await (const { picture, heat, ...inspection } of inspectFiles(bundle, images, rules)) {
		const save = (folder: string, jpeg: Uint8Array) => write(folder, inspection.image, inspections.length, jpeg);
		inspections.push({
			...inspection,
			...(overlay && picture && { overlay: await save(overlay, await picture()) }),
			...(heatDir && heat && { heat: await save(heatDir, await heat()) }),
		});
	}
	if (inspections.some(({ verdict }) => verdict === 'not-inspected')) process.exitCode = 1;
	const { name, version, operatingPoint } = bundle.manifest;
	const promiseVoid = promiseVoidOf(rules.decision, operatingPoint, [rules.view]);
	return {
		bundle: { name, version },
		threshold: operatingPoint.threshold,
		...(promiseVoid.length > 0 ? { promiseVoid } : {}),
		inspections,
	};
}

/** @throws BUNDLE_INVALID when neither a mask nor an explainer says where the model looks */
function expectHeat({ dir, manifest }: Bundle): void {
	if (manifest.outputs.mask || manifest.explainer) return;
	throw new AndonError('BUNDLE_INVALID', {
		expected: `a model with a mask, or an explainer, in ${dir}`,
		found: 'neither',
		fix: 'Train it again: bundles of classifiers have an explainer, unless their score comes from no feature map.',
	});
}

/** Numbered, because images of different folders may share a name. */
async function write(dir: string, image: string, index: number, jpeg: Uint8Array): Promise<string> {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const path = join(dir, `${String(index + 1).padStart(3, '0')}-${basename(image, extname(image))}.jpg`);
	await writeAtomic(path, jpeg);
	return path;
}

function describe({ inspections, threshold, promiseVoid = [] }: Result): string {
	const voids = promiseVoid.map((why) => `The promise of the operating point is void. ${why}`);
	return [...voids, ...inspections.flatMap((inspection) => describeOne(inspection, threshold))].join('\n');
}

function describeOne(inspection: Result['inspections'][number], threshold: number): string[] {
	const { image, verdict, score, defects, reason, why, overlay, heat } = inspection;
	const line = [
		verdict.padEnd(13),
		score === undefined ? '' : `${trim(score)} (threshold ${trim(threshold)})`,
		image,
		reason ?? `${defects.length} ${defects.length === 1 ? 'defect' : 'defects'}`,
		overlay ?? '',
		heat ?? '',
	]
		.filter(Boolean)
		.join('  ');
	return [line, ...[why ?? '', ...found(inspection)].filter(Boolean).map((words) => `    ${words}`)];
}

function found({ defects, unlistedDefects = 0, smallRegions = 0 }: FileInspection): string[] {
	const listed = defects
		.slice(0, LISTED)
		.map((defect) => `${sayDefect(defect)}, peak ${trim(defect.peak, 3)}, at ${defect.box.x}, ${defect.box.y}`);
	const more = defects.length - listed.length + unlistedDefects;
	if (more > 0) listed.push(`and ${more} smaller ones`);
	if (smallRegions > 0) listed.push(`${smallRegions} below the minimum size`);
	return listed;
}
