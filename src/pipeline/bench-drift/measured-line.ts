/** Frames of a line, measured once: as they are, and after each change. */
import { Random } from '../../base/random.ts';
import { frameStatistics } from '../../imaging/frame-statistics.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import { SimulatedLine } from '../../imaging/simulated-line/simulated-line.ts';
import { evenly } from '../../metrics/drift/drift-reference.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';
import { openDataset } from '../../training/datasets/index.ts';
import { oneOfEachPart } from '../one-of-each-part.ts';
import { FRAME_CHANGES, NEW_SURFACE } from './change-frames.ts';

export interface MeasuredLine {
	readonly name: string;
	/** Say how to measure. */
	readonly bank: readonly InputStatistics[];
	/** What the line delivers: reference and stream are both drawn from these. */
	readonly line: readonly InputStatistics[];
	/** The frames of `line` after each change. */
	readonly changed: Readonly<Record<string, readonly InputStatistics[]>>;
	/** Parts against others of the same kind, of a dataset `test` against `val`. */
	readonly comparisons: readonly Comparison[];
}

export interface Comparison {
	readonly name: string;
	readonly held: readonly InputStatistics[];
	readonly stream: readonly InputStatistics[];
}

export interface LineOptions {
	/** Frames of the bank and of the line, each at most so many. */
	readonly frames: number;
	/** Side of the square frames, in pixels. */
	readonly size: number;
	readonly onFrame?: (done: number, total: number) => void;
}

/** Sound parts of two surfaces; the third one is the new texture. */
export function measureSimulatedLine({ frames, size, onFrame }: LineOptions): MeasuredLine {
	const surfaces = (['brushed', 'cast', 'woven'] as const).filter((surface) => surface !== NEW_SURFACE);
	const line = new SimulatedLine({ seed: 101, width: size, height: size, defectRate: 0, surfaces });
	const frame = (i: number) => {
		onFrame?.(i + 1, 2 * frames);
		return line.part(i).pixels;
	};
	const bank = Array.from({ length: frames }, (_, i) => measured(frame(i)));
	const changes = measureChanges(Array.from({ length: frames }, (_, i) => frame(frames + i)));
	return { name: 'simulated line', bank, ...changes, comparisons: [] };
}

/** Sound images of a dataset: `train` is the bank, `val` the line, `test` the others. */
export async function measureDataset(source: string, { frames, size, onFrame }: LineOptions): Promise<MeasuredLine> {
	const dataset = await openDataset(source);
	const load = async (split: string) => {
		const samples = evenly(
			dataset.samples.filter((sample) => sample.split === split && !sample.defective),
			frames,
		);
		const images: Pixels[] = [];
		for (const sample of samples) {
			const { pixels } = await dataset.load(sample, { channels: 1, width: size, height: size, withMasks: false });
			images.push(pixels);
			onFrame?.(images.length, samples.length);
		}
		return { images, each: oneOfEachPart(samples) };
	};
	const [train, val, test] = [await load('train'), await load('val'), await load('test')];
	const line = measureChanges(val.images);
	const stream = test.images.map(measured);
	const held = line.line;
	const comparisons = [
		{ name: 'frames, several of each part', held, stream },
		{ name: 'parts, one frame of each', held: val.each.map((i) => held[i]), stream: test.each.map((i) => stream[i]) },
	];
	return { name: dataset.name, bank: train.images.map(measured), ...line, comparisons };
}

function measureChanges(frames: readonly Pixels[]): Pick<MeasuredLine, 'line' | 'changed'> {
	const random = new Random(7);
	const changed = Object.entries(FRAME_CHANGES).map(([name, change]) => [
		name,
		frames.map((pixels) => measured(change(pixels, random))),
	]);
	return { line: frames.map(measured), changed: Object.fromEntries(changed) };
}

function measured(pixels: Pixels): InputStatistics {
	const { signature, ...values } = frameStatistics(pixels);
	return { values, signature };
}
