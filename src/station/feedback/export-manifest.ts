/** Where every image of an exported dataset came from, written beside its split.csv. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AndonError, messageOf } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import type { Verdict } from '../inspection.ts';
import type { Label } from '../station-view.ts';
import type { ExportSplit } from './deal-splits.ts';
import type { LeftOut } from './without-copies.ts';

export const MANIFEST_FILE = 'export.json';

export interface ManifestImage {
	/** Paths from the dataset's folder. */
	readonly image: string;
	readonly mask?: string;
	readonly class: string;
	readonly group: string;
	readonly split: ExportSplit;
	readonly resultId: string;
	readonly partId: string;
	readonly station: string;
	readonly camera: string;
	/** What judged the part. */
	readonly bundle: { readonly name: string; readonly version: string; readonly hash: string };
	readonly precision: string;
	readonly score?: number;
	readonly verdict: Verdict;
	readonly threshold: number;
	/** How likely the part was to be drawn by lot; absent where it was chosen by its verdict or by somebody. */
	readonly drawn?: number;
	readonly isSimulated: boolean;
	readonly label: Label;
}

export interface ExportManifest {
	readonly formatVersion: 1;
	readonly createdAt: string;
	readonly store: string;
	/** Labels up to this number were left to an earlier export. */
	readonly after: number;
	/** Number of the newest label in this one. */
	readonly lastLabel: number;
	readonly images: readonly ManifestImage[];
	readonly leftOut: readonly LeftOut[];
}

const lastLabelSchema = z.object({ formatVersion: z.literal(1), lastLabel: z.int().min(0) });

/** Number of the newest label of an earlier export. @throws FILE_UNREADABLE, DATASET_INVALID */
export async function lastLabelOf(folder: string): Promise<number> {
	const path = join(folder, MANIFEST_FILE);
	try {
		const text = await readFile(path, 'utf8');
		return parseWith(lastLabelSchema, JSON.parse(text), path, 'DATASET_INVALID').lastLabel;
	} catch (cause) {
		if (cause instanceof AndonError) throw cause;
		throw new AndonError(
			'FILE_UNREADABLE',
			{ expected: `an earlier export with ${path}`, found: messageOf(cause), fix: 'Name the folder that --out was.' },
			{ cause },
		);
	}
}
