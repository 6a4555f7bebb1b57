/** `andon inspect`: image files against a bundle, once. */
import { basename, extname, join } from 'node:path';
import { Command } from 'commander';
import type { FileInspection } from '../station/inspect-files.ts';
import { perform, withJson } from './action.ts';
import { trim } from './describe-point.ts';

interface Flags {
	readonly overlay?: string;
	readonly json?: boolean;
}

interface Result {
	readonly bundle: { readonly name: string; readonly version: string };
	readonly threshold: number;
	readonly inspections: readonly (FileInspection & { readonly overlay?: string })[];
}

export function inspectCommand(): Command {
	return withJson(
		new Command('inspect')
			.description('inspect image files with a bundle; the exit code is 1 when one of them could not be inspected')
			.argument('<bundle>', 'folder of the bundle')
			.argument('<image...>', 'image files')
			.option('--overlay <dir>', 'write each image there with what was found drawn on it')
			.addHelpText('after', '\nExample:\n  andon inspect models/demo part.png --overlay seen'),
	).action((bundle: string, images: string[], flags: Flags) =>
		perform(flags, () => run(bundle, images, flags.overlay), describe),
	);
}

async function run(dir: string, images: readonly string[], overlay: string | undefined): Promise<Result> {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { inspectFiles } = await import('../station/inspect-files.ts');
	const bundle = await openBundle(dir);
	const inspections: Result['inspections'][number][] = [];
	for await (const { preview, ...inspection } of inspectFiles(bundle, images)) {
		const drawn =
			overlay && preview ? await write(overlay, inspection.image, inspections.length, await preview()) : undefined;
		inspections.push({ ...inspection, ...(drawn ? { overlay: drawn } : {}) });
	}
	if (inspections.some(({ verdict }) => verdict === 'not-inspected')) process.exitCode = 1;
	const { name, version, operatingPoint } = bundle.manifest;
	return { bundle: { name, version }, threshold: operatingPoint.threshold, inspections };
}

/** Numbered, because images of different folders may share a name. */
async function write(dir: string, image: string, index: number, jpeg: Uint8Array): Promise<string> {
	const { writeAtomic } = await import('../base/write-atomic.ts');
	const path = join(dir, `${String(index + 1).padStart(3, '0')}-${basename(image, extname(image))}.jpg`);
	await writeAtomic(path, jpeg);
	return path;
}

function describe({ inspections, threshold }: Result): string {
	return inspections
		.map(({ image, verdict, score, defects, reason, overlay }) =>
			[
				verdict.padEnd(13),
				score === undefined ? '' : `${trim(score)} (threshold ${trim(threshold)})`,
				image,
				reason ?? `${defects.length} ${defects.length === 1 ? 'defect' : 'defects'}`,
				overlay ?? '',
			]
				.filter(Boolean)
				.join('  '),
		)
		.join('\n');
}
