/** `andon feedback export`: labelled parts with their pictures become the next dataset. */
import { Command } from 'commander';
import type { ExportManifest } from '../station/feedback/export-manifest.ts';
import { perform, withJson } from './action.ts';
import { STORE, sourceOf } from './feedback-source.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';

interface ExportFlags {
	readonly out: string;
	readonly after?: string;
	readonly json?: boolean;
}

export function exportCommand(): Command {
	return withJson(new Command('export').argument(STORE, 'of a station that runs or not'))
		.description('write labelled parts with their pictures as a dataset that andon train reads, without copies')
		.requiredOption('--out <dir>', 'a new folder')
		.option('--after <dir>', 'an earlier export: only parts that were labelled since')
		.addHelpText(
			'after',
			'\nExamples:\n  andon feedback export station.yaml --out parts-1\n  andon feedback export station.yaml --out parts-2 --after parts-1\n  andon dataset check parts-1',
		)
		.action((source: string, flags: ExportFlags) =>
			perform(
				flags,
				() => exportParts(source, flags),
				(manifest) => describeExport(flags.out, manifest),
			),
		);
}

async function exportParts(path: string, { out, after }: ExportFlags): Promise<ExportManifest> {
	const { exportDataset } = await import('../station/feedback/export-dataset.ts');
	const { lastLabelOf } = await import('../station/feedback/export-manifest.ts');
	const { readStore } = await import('../station/store/read-store.ts');
	const { store } = await sourceOf(path);
	const since = after === undefined ? undefined : await lastLabelOf(after);
	const reader = readStore(store);
	const progress = createProgress();
	try {
		return await exportDataset(reader, store, {
			out,
			after: since,
			onProgress: (done, total) => progress.update(done, total, 'pictures read'),
		});
	} finally {
		progress.stop();
		reader.close();
	}
}

function describeExport(out: string, { images, leftOut }: ExportManifest): string {
	const counted = (of: readonly string[]) =>
		Object.entries(Object.groupBy(of, (name) => name)).map(([name, all]) => `${name} ${all!.length}`);
	const contradicted = leftOut.filter((part) => part.contradicted).length;
	return table([
		['dataset', [out]],
		['images', [`${images.length} of ${new Set(images.map(({ group }) => group)).size} groups`]],
		['classes', [counted(images.map((image) => image.class)).join(', ')]],
		['splits', [counted(images.map(({ split }) => split)).join(', ')]],
		['masks', [String(images.filter(({ mask }) => mask).length)]],
		['left out', leftOut.length === 0 ? ['none'] : counted(leftOut.map(({ why }) => why))],
		...(contradicted > 0
			? [
					['look', [`${contradicted} left out because a later label of the same pixels says otherwise`]] as [
						string,
						string[],
					],
				]
			: []),
	]);
}
