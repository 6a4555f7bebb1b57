/** A picture to look at while training: image, truth and prediction side by side, one row a sample. */

import { writeAtomic } from '../base/write-atomic.ts';
import { encodePng } from '../imaging/encode-image.ts';
import { imageAt, type LabelledImages, maskAt } from './labelled-images.ts';

/** Rows of the sheet: one sample of each defect class in turn, and one sound part. */
const ROWS = 6;

export interface SampleSheet {
	/** Takes a result while images are scored; keeps it when the sample is on the sheet. */
	readonly add: (index: number, score: number, mask: Float32Array | undefined) => void;
	readonly write: (path: string) => Promise<void>;
}

export function sampleSheet(data: LabelledImages): SampleSheet {
	const rows = chooseRows(data);
	const { width, height } = data;
	const gap = 2;
	const sheet = {
		width: 3 * width + 2 * gap,
		height: rows.length * (height + gap) - gap,
		channels: 3 as const,
		data: new Uint8Array((3 * width + 2 * gap) * (rows.length * (height + gap) - gap) * 3).fill(255),
	};
	const paint = (row: number, column: number, value: (pixel: number, channel: number) => number) => {
		for (let pixel = 0; pixel < width * height; pixel++) {
			const x = column * (width + gap) + (pixel % width);
			const y = row * (height + gap) + Math.floor(pixel / width);
			for (let c = 0; c < 3; c++) sheet.data[(y * sheet.width + x) * 3 + c] = value(pixel, c);
		}
	};
	return {
		add(index, _score, mask) {
			const row = rows.indexOf(index);
			if (row < 0) return;
			const image = imageAt(data, index);
			const truth = maskAt(data, index);
			paint(row, 0, (pixel, c) => image[pixel * data.channels + (data.channels === 3 ? c : 0)]);
			paint(row, 1, (pixel) => (truth[pixel] ? 255 : 0));
			paint(row, 2, (pixel) => (mask ? Math.round(mask[pixel] * 255) : 128));
		},
		write: async (path) => writeAtomic(path, await encodePng(sheet)),
	};
}

function chooseRows({ samples }: LabelledImages): number[] {
	const byClass = Map.groupBy(samples.keys(), (i) => (samples[i].defective ? samples[i].class : ''));
	const lists = [...byClass].toSorted(([a], [b]) => (a < b ? 1 : -1)).map(([, list]) => list);
	const rows: number[] = [];
	for (let turn = 0; rows.length < Math.min(ROWS, samples.length); turn++)
		for (const list of lists) if (list[turn] !== undefined && rows.length < ROWS) rows.push(list[turn]);
	return rows;
}
