/** A dataset of grey images, a bundle that scores them by their brightest pixel, and a gate that takes their mean, at half the size. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, openBundle } from '../../src/bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../../src/bundle/write-bundle.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { encodePng } from '../../src/imaging/encode-image.ts';
import { choosePoint } from '../../src/metrics/operating-points/index.ts';
import { SIZE, writeStationBundle } from './station-bundle.ts';
import { greyImage } from './test-station.ts';

export interface GreyPart {
	readonly image: string;
	readonly defective: boolean;
	readonly split: 'val' | 'test' | 'train';
	readonly grey: number;
}

/** Sound ones from 20, defective ones from 120, of one grey value each. */
export function greyParts(count: number): GreyPart[] {
	return (['train', 'val', 'test'] as const).flatMap((split) =>
		Array.from({ length: count }, (_, i) => {
			const defective = i % 2 === 1;
			const grey = Math.round((defective ? 120 : 20) + (80 * i) / count);
			return { image: `${defective ? 'bright' : 'ok'}/${split}-${i}.png`, defective, split, grey };
		}),
	);
}

export async function writeGreyDataset(dir: string, parts: readonly GreyPart[]): Promise<string> {
	for (const folder of ['ok', 'bright']) mkdirSync(join(dir, folder), { recursive: true });
	const rows = parts.map(({ image, defective, split }, i) => `${image},,${defective ? 'bright' : 'ok'},g${i},${split}`);
	writeFileSync(join(dir, 'split.csv'), `image,mask,class,group,split\n${rows.join('\n')}\n`);
	for (const { image, grey } of parts) writeFileSync(join(dir, image), await encodePng(greyImage(grey)));
	return dir;
}

/** Certified on `test`: at least 60 % of the defective parts with 90 % confidence. */
export async function writeGreyBundle(dir: string, parts: readonly GreyPart[]): Promise<Bundle> {
	const { manifest, files } = draftFrom(await openBundle(await writeStationBundle(dir)));
	const exposures = parts
		.map((part, i) => ({ ...part, group: `g${i}`, class: part.defective ? 'bright' : 'ok' }))
		.filter(({ split }) => split !== 'train')
		.map(({ grey, ...part }) => ({ ...part, scores: { fp32: Math.fround(grey / 255) } }));
	const of = (wanted: boolean) =>
		exposures
			.filter(({ defective, split }) => defective === wanted && split === 'test')
			.map(({ scores }) => scores.fp32);
	const scores = { defective: of(true), sound: of(false) };
	const operatingPoint = choosePoint(
		'guaranteed-recall',
		{ recall: 0.6, confidence: 0.9 },
		{ scores, precision: 'fp32' },
	);
	const calibration = JSON.stringify({ formatVersion: 1, certifyingSplit: 'test', exposures });
	return writeBundle(dir, {
		manifest: { ...manifest, operatingPoint },
		files: new Map([...files, ['calibration.json', calibration]]),
	});
}

/** score = mean grey · gain / 255, of 32 × 32 pixels. */
export function writeGate(file: string, gain = 1): string {
	const g = new GraphBuilder('mean');
	const image = g.input('image', 'uint8', [1, SIZE / 2, SIZE / 2, 1]);
	const numbers = g.op('Mul', [g.op('Cast', [image], { to: 1 }), g.scalar(gain / 255)]);
	g.output(g.reshape(g.op('ReduceMean', [numbers, g.ints([1, 2, 3])], { keepdims: 0 }), [1]), 'score');
	writeFileSync(file, encodeModel(g.build()));
	return file;
}
