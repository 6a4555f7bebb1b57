/** Writes any dataset as a folder with `split.csv`, such as the simulated one, for other tools to read. */
import { join } from 'node:path';
import { writeAtomic } from '../../base/write-atomic.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import type { Dataset, Sample } from './dataset.ts';
import { inParallel } from './in-parallel.ts';
import { writeSplitCsv } from './write-split-csv.ts';

/** Grey PNG images and masks by class; `split.csv` comes last, so that a half-written folder is no dataset. @throws FILE_UNWRITABLE */
export async function writeDataset(dataset: Dataset, folder: string): Promise<void> {
	const samples = await inParallel(dataset.samples, (sample, index) => writeSample(dataset, sample, index, folder));
	await writeSplitCsv(join(folder, 'split.csv'), samples);
}

/** The sample with the paths of its new files. */
async function writeSample(dataset: Dataset, sample: Sample, index: number, folder: string): Promise<Sample> {
	const { pixels, mask } = await dataset.load(sample, { channels: 1 });
	const path = join(folder, sample.class, String(index).padStart(6, '0'));
	await writeAtomic(`${path}.png`, await encodePng(pixels));
	const written = { ...sample, image: `${path}.png`, mask: undefined };
	if (!mask || !sample.defective) return written;
	await writeAtomic(`${path}_mask.png`, await encodePng(mask));
	return { ...written, mask: `${path}_mask.png` };
}
