/** What labels say of quantized models: AP and IoU of inspection models, accuracy of classifiers of kinds. */
import { AndonError } from '../../base/errors.ts';
import { openModel } from '../../inference/model.ts';
import { averagePrecision } from '../../metrics/precision-recall.ts';
import { openDataset } from '../../training/datasets/index.ts';
import { type LoadedSplit, loadSplit } from '../../training/datasets/load-split.ts';
import { imageAt } from '../../training/labelled-images.ts';
import { scoreImages } from '../../training/score-images.ts';
import { type ImageInput, imageInput, imagesTensor, type Normalization } from '../quantize-file/image-input.ts';
import type { BenchSource } from './bench-source.ts';

/** A figure of each model, larger is better, such as image AP. */
export interface Judged {
	readonly metric: string;
	readonly values: readonly number[];
}

/**
 * @param models bytes
 * @param images a dataset, of which `test` is judged
 * @returns nothing where the images are no labelled dataset, or not one of what the model tells apart
 */
export async function judgeByLabels(
	{ graph, manifest }: BenchSource,
	models: readonly Uint8Array[],
	images: string,
	how: Normalization,
): Promise<readonly Judged[]> {
	const input = imageInput(graph);
	const data = await labelled(images, input);
	if (data === undefined) return [];
	if (manifest) return judgeInspection(models, { ...manifest.input, ...data });
	const outputs = graph.outputs[0].shape;
	if (outputs?.length !== 2 || outputs[1] !== data.classes.length || input.batch !== 1) return [];
	return [{ metric: 'accuracy on test', values: await accuracies(models, input, data, how) }];
}

async function labelled(images: string, { width, height, channels }: ImageInput): Promise<LoadedSplit | undefined> {
	try {
		return await loadSplit(await openDataset(images), 'test', { width, height, channels });
	} catch (error) {
		if (error instanceof AndonError && error.code.startsWith('DATASET_')) return undefined;
		throw error;
	}
}

async function judgeInspection(
	models: readonly Uint8Array[],
	data: Parameters<typeof scoreImages>[1],
): Promise<readonly Judged[]> {
	const scored = [];
	for (const bytes of models) scored.push(await scoreImages({ bytes }, data, { threads: 1 }));
	const judged: Judged[] = [
		{ metric: 'image AP on test', values: scored.map(({ images }) => averagePrecision(images)) },
	];
	const ious = scored.flatMap(({ pixel }) => (pixel ? [pixel.iou] : []));
	if (ious.length === scored.length) judged.push({ metric: 'pixel IoU on test', values: ious });
	return judged;
}

async function accuracies(
	models: readonly Uint8Array[],
	input: ImageInput,
	data: LoadedSplit,
	how: Normalization,
): Promise<number[]> {
	const shares = [];
	for (const bytes of models) {
		const model = await openModel(bytes, { threads: 1 });
		let right = 0;
		for (const [i, { label }] of data.samples.entries()) {
			const results = await model.run({ [input.name]: imagesTensor(input, [imageAt({ ...input, ...data }, i)], how) });
			const scores = results[model.outputNames[0]].data as Float32Array;
			if (scores.indexOf(scores.reduce((a, b) => Math.max(a, b))) === label) right++;
		}
		await model.close();
		shares.push(right / data.samples.length);
	}
	return shares;
}
