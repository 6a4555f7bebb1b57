/** Writes any dataset as a folder with `split.csv`, such as the simulated one, for other tools to read. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../../base/write-atomic.ts';
import { encodePng } from '../../imaging/encode-image.ts';
import type { Dataset, Sample } from './dataset.ts';
import { inParallel } from './in-parallel.ts';

/** Grey PNG images and masks by class; `split.csv` comes last, so that a half-written folder is no dataset. @throws FILE_UNWRITABLE */
export async function writeDataset(dataset: Dataset, folder: string): Promise<void> {
	const rows = await inParallel(dataset.samples, (sample, index) => writeSample(dataset, sample, index, folder));
	await writeAtomic(join(folder, 'split.csv'), ['image,mask,class,group,split', ...rows, ''].join('\n'));
}

async function writeSample(dataset: Dataset, sample: Sample, index: number, folder: string): Promise<string> {
	const { pixels, mask } = await dataset.load(sample, { channels: 1 });
	const name = `${sample.class}/${String(index).padStart(6, '0')}`;
	await mkdir(join(folder, sample.class), { recursive: true });
	await writeAtomic(join(folder, `${name}.png`), await encodePng(pixels));
	const maskName = sample.defective && mask ? `${name}_mask.png` : '';
	if (mask && maskName) await writeAtomic(join(folder, maskName), await encodePng(mask));
	return [`${name}.png`, maskName, sample.class, sample.group, sample.split].map(quoted).join(',');
}

function quoted(cell: string): string {
	return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
