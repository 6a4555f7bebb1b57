/** Float against integers on this machine, turn and turn about, so that both meet the same disturbances. */
import { Random } from '../base/random.ts';
import { decodeModel } from '../graph/codec/codec.ts';
import { type Graph, sizeOf } from '../graph/graph.ts';
import { type Model, openModel } from '../inference/model.ts';
import { imageDims } from './image-tensor.ts';
import { feedsOf, type Sample } from './sample.ts';

export interface SpeedReport {
	/** Median milliseconds of one inference, bytes in to probabilities out. */
	readonly fp32Ms: number;
	readonly int8Ms: number;
	/** fp32Ms / int8Ms: above 1, integers win. */
	readonly ratio: number;
	readonly threads: number;
	readonly runs: number;
}

/** Medians of `runs` paired inferences of one sample, by default a random image. */
export async function measureSpeed(
	fp32: Uint8Array,
	int8: Uint8Array,
	{ threads = 1, runs = 30, sample }: { threads?: number; runs?: number; sample?: Sample } = {},
): Promise<SpeedReport> {
	const graph = decodeModel(fp32);
	const feeds = feedsOf(graph, sample ?? randomImage(graph));
	const models = [await openModel(fp32, { threads }), await openModel(int8, { threads })];
	try {
		const [fp32Ms, int8Ms] = await timeInTurns(models, feeds, runs);
		return { fp32Ms, int8Ms, ratio: fp32Ms / int8Ms, threads, runs };
	} finally {
		for (const model of models) await model.close();
	}
}

/** Median milliseconds of each model over `runs` rounds, after two to warm up; who goes first and who follows whom changes. */
export async function timeInTurns(
	models: readonly Model[],
	feeds: Parameters<Model['run']>[0],
	runs: number,
): Promise<readonly number[]> {
	const times: number[][] = models.map(() => []);
	for (let run = -2; run < runs; run++)
		for (const which of orderOf(run + 2, models.length)) {
			const ms = await timeOf(models[which], feeds);
			if (run >= 0) times[which].push(ms);
		}
	return times.map(median);
}

/** All rotations, then all of them backwards: each model follows each other one equally often. */
function orderOf(round: number, count: number): readonly number[] {
	const order = Array.from({ length: count }, (_, i) => (i + round) % count);
	return Math.floor(round / count) % 2 === 0 ? order : order.reverse();
}

/** Raw bytes of the size that a model takes. */
export function randomImage(graph: Graph): Uint8Array {
	const random = new Random(1);
	return Uint8Array.from({ length: sizeOf(imageDims(graph)) }, () => random.integer(256));
}

async function timeOf(model: Model, feeds: Parameters<Model['run']>[0]): Promise<number> {
	const start = performance.now();
	await model.run(feeds);
	return performance.now() - start;
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[sorted.length >> 1];
}
