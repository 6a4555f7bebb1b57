/** Layout `split.csv`: a table `image,mask,class,group,split` that says everything; it wins over every other layout. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { AndonError, messageOf } from '../../base/errors.ts';
import { isSoundClass } from '../../base/sound-class.ts';
import { type DatasetOptions, type Layout, SPLITS, type Split, type UnsplitSample } from './dataset.ts';

type Row = Partial<Record<'image' | 'mask' | 'class' | 'group' | 'split', string>>;

export const splitCsv: Layout = {
	description: 'a table image,mask,class,group,split',
	detect: (folder) =>
		access(join(folder, 'split.csv')).then(
			() => true,
			() => false,
		),
	async read(folder, options) {
		const path = join(folder, 'split.csv');
		const rows = parseTable(path, await readFile(path, 'utf8'));
		// Line 1 holds the column names.
		const samples = rows.map((row, i) => readRow(path, i + 2, row, folder, options));
		expectUnique(path, samples);
		return { samples };
	},
};

function parseTable(path: string, text: string): Row[] {
	let rows: Row[];
	try {
		rows = parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
	} catch (cause) {
		throw invalid(`a table in ${path}`, messageOf(cause), 'Save the table again as comma-separated values.', cause);
	}
	if (rows.length === 0) throw invalid(`rows in ${path}`, 'none', 'List one image per row below the column names.');
	const missing = ['image', 'class', 'split'].filter((column) => !(column in rows[0]));
	if (missing.length > 0)
		throw invalid(
			`the columns image, mask, class, group, split in ${path}`,
			`no ${missing.join(', ')}; its columns are ${Object.keys(rows[0]).join(', ')}`,
			'Add the missing columns; mask and group may be empty or left out.',
		);
	return rows;
}

function readRow(path: string, line: number, row: Row, folder: string, options: DatasetOptions): UnsplitSample {
	const { image = '', mask = '', class: name = '', group = '', split = '' } = row;
	const where = `in ${path}, line ${line}`;
	if (image === '' && mask !== '')
		throw new AndonError('MASK_WITHOUT_IMAGE', {
			expected: `an image ${where}`,
			found: `only the mask ${mask}`,
			fix: 'Name the image that the mask belongs to, or remove the row.',
		});
	if (image === '' || name === '') throw invalid(`an image and a class ${where}`, 'an empty cell', 'Fill it in.');
	if (!isSplit(split))
		throw invalid(`a split (train, val or test) ${where}`, split === '' ? 'nothing' : split, 'Correct that cell.');
	return {
		id: image,
		image: join(folder, image),
		...(mask === '' ? {} : { mask: join(folder, mask) }),
		class: name,
		defective: !isSoundClass(name, options.soundClass),
		group: group === '' ? image : group,
		split,
	};
}

function isSplit(text: string): text is Split {
	return (SPLITS as readonly string[]).includes(text);
}

function expectUnique(path: string, samples: readonly UnsplitSample[]): void {
	const seen = new Set<string>();
	for (const { id } of samples) {
		if (seen.has(id)) throw invalid(`each image once in ${path}`, `${id} twice`, 'Remove one of its rows.');
		seen.add(id);
	}
}

function invalid(expected: string, found: string, fix: string, cause?: unknown): AndonError {
	return new AndonError('DATASET_INVALID', { expected, found, fix }, { cause });
}
