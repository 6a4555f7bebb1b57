/** The table of dataset layouts, and the one way to open a dataset: detect its layout, read it, complete its splits. */
import { stat } from 'node:fs/promises';
import { AndonError, messageOf } from '../../base/errors.ts';
import { classFolders } from './class-folders.ts';
import type { Dataset, DatasetOptions, Layout, Reading, UnsplitSample } from './dataset.ts';
import { kolektorSdd } from './kolektor-sdd.ts';
import { loadFiles } from './load-files.ts';
import { mvtecAd } from './mvtec-ad.ts';
import { simulated } from './simulated.ts';
import { splitByGroup } from './split-by-group.ts';
import { splitCsv } from './split-csv.ts';

/** In the order in which they are tried. */
export const LAYOUTS = {
	simulated,
	'split.csv': splitCsv,
	'mvtec-ad': mvtecAd,
	'kolektor-sdd': kolektorSdd,
	'class-folders': classFolders,
} as const satisfies Record<string, Layout>;

/**
 * @param source a folder, or `simulated`, or `simulated:seed=7,count=2000`
 * @param options `kinds` opens a dataset without a sound class, such as cats and dogs
 * @throws DATASET_MISSING, DATASET_LAYOUT_UNKNOWN, DATASET_INVALID, DATASET_CLASS_EMPTY, DATASET_ONE_SIDED, MASK_WITHOUT_IMAGE
 */
export async function openDataset(source: string, options: DatasetOptions = {}): Promise<Dataset> {
	const [name, layout] = await detectLayout(source);
	const reading = await layout.read(source, options);
	const samples = options.kinds ? reading.samples.map(withoutVerdict) : reading.samples;
	const soundClass = options.kinds ? undefined : soundClassOf(source, reading);
	return {
		name: source,
		layout: name,
		samples: splitByGroup(samples, options.seed ?? 0),
		classes: [...new Set(samples.map((sample) => sample.class))].filter((name) => name !== soundClass).sort(),
		soundClass,
		load: reading.load ?? loadFiles,
	};
}

/** A kind is neither sound nor defective, and has no mask. */
function withoutVerdict({ mask: _, ...sample }: UnsplitSample): UnsplitSample {
	return { ...sample, defective: false };
}

async function detectLayout(source: string): Promise<[string, Layout]> {
	if (await LAYOUTS.simulated.detect(source)) return ['simulated', LAYOUTS.simulated];
	await expectFolder(source);
	for (const entry of Object.entries(LAYOUTS)) if (await entry[1].detect(source)) return entry;
	const known = Object.entries(LAYOUTS).map(([name, { description }]) => `${name} (${description})`);
	throw new AndonError('DATASET_LAYOUT_UNKNOWN', {
		expected: `one of ${known.join(', ')}`,
		found: `${source} without any of them`,
		fix: 'Arrange the images in one of these layouts, or add a split.csv that lists them.',
	});
}

async function expectFolder(source: string): Promise<void> {
	const fix = 'Check the path; `simulated` names the built-in dataset.';
	const stats = await stat(source).catch((cause: unknown) => {
		throw new AndonError(
			'DATASET_MISSING',
			{ expected: `a folder ${source}`, found: messageOf(cause), fix },
			{ cause },
		);
	});
	if (stats.isDirectory()) return;
	throw new AndonError('DATASET_MISSING', { expected: `a folder ${source}`, found: 'a file', fix });
}

/** The one class of the sound samples. @throws DATASET_ONE_SIDED */
function soundClassOf(source: string, { samples }: Reading): string {
	const sound = [...new Set(samples.filter((sample) => !sample.defective).map((sample) => sample.class))];
	const defects = [...new Set(samples.filter((sample) => sample.defective).map((sample) => sample.class))];
	if (sound.length === 1 && defects.length > 0) return sound[0];
	const listed = (classes: string[]) => (classes.length > 0 ? classes.sort().join(', ') : 'none');
	throw new AndonError('DATASET_ONE_SIDED', {
		expected: `one sound class and at least one class of defects in ${source}`,
		found: `sound: ${listed(sound)}; defects: ${listed(defects)}`,
		fix: 'Name the sound class ok, good, free or normal (a suffix such as MT_Free will do), and add images of both kinds.',
	});
}
