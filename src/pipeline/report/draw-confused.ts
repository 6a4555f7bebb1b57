/** Images that a classifier of kinds was surest of and wrong about, with where it looked. */
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import { drawOverlay } from '../../imaging/overlay.ts';
import { classifierGraph } from '../../training/classify-images.ts';
import { imageAt, type LabelledImages } from '../../training/labelled-images.ts';
import { pictureOf } from '../../training/report/picture.ts';
import type { ClassificationReport } from '../../training/report/report-data.ts';
import { openActivationMap } from './heat-maps.ts';

export interface Confused {
	readonly index: number;
	/** The class that it was taken for, and how sure the model was. */
	readonly predicted: number;
	readonly probability: number;
}

const SHOWN = 12;
/** Pixels of a picture's longer side, at most. */
const LARGEST = 160;

/** Gathers results one by one and keeps the worst. */
export function surestMistakes({ samples }: LabelledImages) {
	const wrong: Confused[] = [];
	return {
		add(index: number, probabilities: Float32Array): void {
			const probability = Math.max(...probabilities);
			const predicted = probabilities.indexOf(probability);
			if (predicted !== samples[index].label) wrong.push({ index, predicted, probability });
		},
		places: (): readonly Confused[] => wrong.toSorted((a, b) => b.probability - a.probability).slice(0, SHOWN),
	};
}

/** @param network with input `x` and output `score_logits` */
export async function drawConfused(
	network: Graph,
	data: LabelledImages,
	confused: readonly Confused[],
): Promise<NonNullable<ClassificationReport['mistakes']>> {
	const { width, height, channels } = data;
	const activation = await openActivationMap(encodeModel(classifierGraph(network)), { width, height, channels });
	const drawn: NonNullable<ClassificationReport['mistakes']>[number][] = [];
	for (const { index, predicted, probability } of confused) {
		const { id, class: name } = data.samples[index];
		const pixels = { width, height, channels, data: imageAt(data, index) };
		const heat = 'of' in activation ? await activation.of(pixels.data, predicted) : undefined;
		drawn.push({
			id,
			class: name,
			predicted: data.classes[predicted],
			score: probability,
			image: await pictureOf(pixels, LARGEST),
			...(heat && { heat: await pictureOf(drawOverlay(pixels, { heat }), LARGEST) }),
		});
	}
	if ('close' in activation) await activation.close();
	return drawn;
}
