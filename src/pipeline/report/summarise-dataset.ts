/** The dataset as the report shows it: counts, findings of the check, a digest that names it, and a look at it. */
import { createHash } from 'node:crypto';
import { Random } from '../../base/random.ts';
import { contactSheet } from '../../imaging/contact-sheet.ts';
import { drawOverlay } from '../../imaging/overlay.ts';
import { checkDataset } from '../../training/datasets/check-dataset.ts';
import type { Dataset } from '../../training/datasets/dataset.ts';
import { pickSamples, RED } from '../../training/datasets/draw-samples.ts';
import { inParallel } from '../../training/datasets/in-parallel.ts';
import { pictureOf } from '../../training/report/picture.ts';
import type { DatasetSummary, Picture } from '../../training/report/report-data.ts';
import type { Size } from './heat-maps.ts';

/** Samples on the sheet, and how many stand side by side. */
const TILES = 16;
const COLUMNS = 8;
/** Pixels of a tile's longer side. */
const TILE = 112;

export async function summariseDataset(dataset: Dataset, size: Size): Promise<DatasetSummary> {
	return { ...(await checkDataset(dataset)), digest: datasetDigest(dataset), sheet: await drawSheet(dataset, size) };
}

/** SHA-256 over what makes a dataset the same one: its images, their classes and splits. */
export function datasetDigest({ samples }: Dataset): string {
	const lines = samples.map((sample) => JSON.stringify([sample.id, sample.class, sample.split]));
	return createHash('sha256').update(lines.join('\n')).digest('hex');
}

async function drawSheet(dataset: Dataset, { width, height, channels }: Size): Promise<Picture> {
	const scale = TILE / Math.max(width, height);
	const options = { width: Math.round(width * scale), height: Math.round(height * scale), channels };
	const tiles = await inParallel(pickSamples(dataset, TILES, new Random(0)), async (sample) => {
		const { pixels, mask } = await dataset.load(sample, options);
		return drawOverlay(pixels, { outlines: mask ? [{ mask, colour: RED }] : [] });
	});
	return pictureOf(contactSheet(tiles, { columns: COLUMNS }), COLUMNS * (TILE + 2));
}
