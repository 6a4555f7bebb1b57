/** Writes `split.csv`, the layout that says everything. */
import { dirname, relative, resolve } from 'node:path';
import { csvLine } from '../../base/csv-line.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import type { Sample } from './dataset.ts';

type Row = Pick<Sample, 'image' | 'mask' | 'class' | 'group' | 'split'>;

/** Paths become relative to the table's own folder. @throws FILE_UNWRITABLE */
export async function writeSplitCsv(path: string, samples: readonly Row[]): Promise<void> {
	const below = (file: string) => relative(dirname(resolve(path)), resolve(file)).replaceAll('\\', '/');
	const rows = samples.map(({ image, mask, class: name, group, split }) =>
		csvLine([below(image), mask === undefined ? '' : below(mask), name, group, split]),
	);
	await writeAtomic(path, ['image,mask,class,group,split', ...rows, ''].join('\n'));
}
