/** Labelled pictures become a dataset for the next training: a folder with split.csv that appears whole or not at all. */
import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { csvLine } from '../../base/csv-line.ts';
import { AndonError, messageOf } from '../../base/errors.ts';
import { makeFolder } from '../../base/make-folder.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import { decodeImage } from '../../imaging/decode-image.ts';
import { decodeMask } from '../../imaging/decode-mask.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import { lookPrint } from '../../imaging/look-print.ts';
import type { LabelledPart } from '../store/label-table.ts';
import type { ReadableStore } from '../store/read-store.ts';
import { dealSplits, type ExportSplit } from './deal-splits.ts';
import { type ExportManifest, MANIFEST_FILE, type ManifestImage } from './export-manifest.ts';
import { frameFile } from './frame-rules.ts';
import { frameFolder } from './frame-shelf.ts';
import { type LabelledPicture, type LeftOut, withoutCopies } from './without-copies.ts';

export interface ExportOptions {
	/** Where the dataset goes: nothing may be there yet but an empty folder. */
	readonly out: string;
	/** Labels up to this number were exported before. */
	readonly after?: number;
	/** Called with how many pictures are read, of how many. */
	readonly onProgress?: (done: number, total: number) => void;
}

const SOUND = 'ok';
/** Of a defective part of which nobody said what is wrong. */
const UNNAMED = 'defect';

/**
 * @param path of the store, beside which the pictures lie
 * @throws FILE_UNWRITABLE, DATASET_CLASS_EMPTY when there is nothing to export, IMAGE_UNREADABLE
 */
export async function exportDataset(
	store: ReadableStore,
	path: string,
	{ out, after = 0, onProgress }: ExportOptions,
): Promise<ExportManifest> {
	await expectFree(out);
	const labelled = store.labels
		.labelled(0)
		.filter(({ label, inspection }) => label.number > after && !inspection.golden);
	const { pictures, missing } = await readPictures(labelled, frameFolder(path), onProgress);
	if (pictures.length === 0) throw nothing(labelled.length, after);
	const { kept, groups, leftOut } = await withoutCopies(pictures);
	const splits = dealSplits(classesByGroup(kept, groups));
	const images = kept.map((picture) => {
		const group = groups.get(picture.inspection.resultId)!;
		return imageOf(picture, group, splits.get(group)!);
	});
	const manifest = {
		formatVersion: 1,
		createdAt: new Date().toISOString(),
		store: resolve(path),
		after,
		lastLabel: Math.max(...labelled.map(({ label }) => label.number)),
		images,
		leftOut: [...missing, ...leftOut],
	} as const;
	await writeFolder(out, (draft) => writeAll(draft, manifest, store, frameFolder(path)));
	return manifest;
}

async function readPictures(
	labelled: readonly LabelledPart[],
	folder: string,
	onProgress?: (done: number, total: number) => void,
): Promise<{ pictures: LabelledPicture[]; missing: LeftOut[] }> {
	const pictures: LabelledPicture[] = [];
	const missing: LeftOut[] = [];
	for (const [i, part] of labelled.entries()) {
		const { resultId } = part.inspection;
		const bytes = await readFile(join(folder, frameFile(resultId))).catch(() => undefined);
		if (bytes) pictures.push(await pictureOf(part, bytes));
		else missing.push({ resultId, why: 'no picture' });
		onProgress?.(i + 1, labelled.length);
	}
	return { pictures, missing };
}

async function pictureOf(part: LabelledPart, bytes: Uint8Array): Promise<LabelledPicture> {
	const pixels = await decodeImage(bytes, { channels: 3 });
	const { defective, class: name = UNNAMED } = part.label;
	return {
		...part,
		class: defective ? name : SOUND,
		digest: createHash('sha256').update(`${pixels.width} ${pixels.height} `).update(pixels.data).digest('hex'),
		print: await lookPrint(pixels),
	};
}

function classesByGroup(kept: readonly LabelledPicture[], groups: ReadonlyMap<string, string>) {
	const classes = new Map<string, Set<string>>();
	for (const { inspection, class: name } of kept) {
		const group = groups.get(inspection.resultId)!;
		classes.set(group, (classes.get(group) ?? new Set()).add(name));
	}
	return classes;
}

function imageOf(
	{ inspection, label, drawn, class: name }: LabelledPicture,
	group: string,
	split: ExportSplit,
): ManifestImage {
	const { resultId, partId, station, camera, recipe, precision, score, verdict, operatingPoint, isSimulated } =
		inspection;
	const file = join(name, resultId);
	return {
		image: `${file}.png`,
		...(label.hasMask ? { mask: `${file}_mask.png` } : {}),
		class: name,
		group,
		split,
		resultId,
		partId,
		station,
		camera,
		bundle: { name: recipe.id, version: recipe.version, hash: recipe.hash },
		precision,
		...(score === undefined ? {} : { score }),
		verdict,
		threshold: operatingPoint.threshold,
		...(drawn === undefined ? {} : { drawn }),
		isSimulated,
		label,
	};
}

/** split.csv and the manifest come last. */
async function writeAll(draft: string, manifest: ExportManifest, store: ReadableStore, folder: string): Promise<void> {
	for (const { image, mask, resultId, label } of manifest.images) {
		makeFolder(dirname(join(draft, image)));
		await copyFile(join(folder, frameFile(resultId)), join(draft, image));
		if (mask) await writeMask(join(draft, mask), store.labels.mask(label.number)!, join(draft, image));
	}
	const rows = manifest.images.map((of) => csvLine([of.image, of.mask ?? '', of.class, of.group, of.split]));
	await writeAtomic(join(draft, 'split.csv'), ['image,mask,class,group,split', ...rows, ''].join('\n'));
	await writeAtomic(join(draft, MANIFEST_FILE), `${JSON.stringify(manifest, null, '\t')}\n`);
}

/** A label's mask covers the whole image at any scale; a dataset wants it pixel by pixel. */
async function writeMask(path: string, png: Uint8Array, image: string): Promise<void> {
	const { width, height } = await decodeImage(image, { channels: 1 });
	await writeAtomic(path, await encodePng(await decodeMask(png, { width, height })));
}

async function expectFree(out: string): Promise<void> {
	const found = await readdir(out).catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === 'ENOENT') return [];
		throw unwritable(out, messageOf(cause), cause);
	});
	if (found.length > 0) throw unwritable(out, `${found.length} entries, such as ${found[0]}`);
}

async function writeFolder(out: string, write: (draft: string) => Promise<void>): Promise<void> {
	const draft = `${resolve(out)}.${process.pid}.tmp`;
	try {
		makeFolder(draft);
		await write(draft);
		await rename(draft, resolve(out));
	} catch (cause) {
		await rm(draft, { recursive: true, force: true });
		throw cause instanceof AndonError ? cause : unwritable(out, messageOf(cause), cause);
	}
}

function unwritable(out: string, found: string, cause?: unknown): AndonError {
	return new AndonError(
		'FILE_UNWRITABLE',
		{ expected: `a new or empty folder ${out}`, found, fix: 'Choose another --out; nothing was written.' },
		{ cause },
	);
}

function nothing(labelled: number, after: number): AndonError {
	const later = after > 0 ? ' since the last export' : '';
	return new AndonError('DATASET_CLASS_EMPTY', {
		expected: `labelled parts with a picture${later}`,
		found: labelled === 0 ? 'no labels' : `${labelled} labels and no picture of their parts`,
		fix: 'Set feedback.keep in station.yaml, so that pictures are kept, and label parts of which there is one.',
	});
}
