/** The worst misses and the worst false alarms, as pictures: image, truth, prediction and heat. */

import { drawOverlay } from '../../imaging/overlay.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import { type Inspected, openInspector } from '../../inference/inspector-model.ts';
import { imageAt, type LabelledImages, maskAt } from '../../training/labelled-images.ts';
import { pictureOf } from '../../training/report/picture.ts';
import type { FlippedVerdict, Mistake } from '../../training/report/report-data.ts';
import type { ScoredImage } from '../../training/score-images.ts';
import { type ActivationMap, openActivationMap } from './heat-maps.ts';

export interface MistakesOptions {
	/** The deployed model whose scores these are, and the float model, for class activation. */
	readonly model: Uint8Array;
	readonly float: Uint8Array | undefined;
	readonly data: LabelledImages;
	/** In the order of the data. */
	readonly images: readonly ScoredImage[];
	readonly threshold: number;
}

export interface Mistakes {
	readonly misses: readonly Mistake[];
	readonly falseAlarms: readonly Mistake[];
	/** What the heat shows, or why there is none. */
	readonly heat: string;
}

/** Of each kind. */
const SHOWN = 8;
/** Pixels of a picture's longer side. */
const LARGEST = 160;

export async function drawMistakes(options: MistakesOptions): Promise<Mistakes> {
	const { images, threshold } = options;
	return drawing(options, async (draw, heat) => ({
		misses: await draw(worst(images, (image) => image.defective && image.score < threshold, 1)),
		falseAlarms: await draw(worst(images, (image) => !image.defective && image.score >= threshold, -1)),
		heat,
	}));
}

/** Images that the float model and the deployed one judge differently, the largest difference first. */
export async function drawFlips(
	options: MistakesOptions,
	floatImages: readonly ScoredImage[],
): Promise<readonly FlippedVerdict[]> {
	const { images, threshold } = options;
	const difference = (i: number) => Math.abs(images[i].score - floatImages[i].score);
	const flipped = [...images.keys()]
		.filter((i) => images[i].score >= threshold !== floatImages[i].score >= threshold)
		.toSorted((a, b) => difference(b) - difference(a))
		.slice(0, SHOWN);
	if (flipped.length === 0) return [];
	const drawn = await drawing(options, (draw) => draw(flipped));
	return drawn.map((mistake, i) => ({
		...mistake,
		floatScore: floatImages[flipped[i]].score,
		defective: images[flipped[i]].defective,
	}));
}

type Draw = (places: readonly number[]) => Promise<readonly Mistake[]>;

/** Runs `body` with what it takes to draw: the model, and an explanation for those without a mask. */
async function drawing<T>(options: MistakesOptions, body: (draw: Draw, heat: string) => Promise<T>): Promise<T> {
	const { model, float, data } = options;
	const size = { width: data.width, height: data.height, channels: data.channels };
	const inspector = await openInspector({ bytes: model, input: size }, { threads: 1 });
	const hasMask = (await inspector.inspect(imageAt(data, 0))).mask !== undefined;
	const activation = hasMask ? undefined : await explain(float, size);
	try {
		const draw: Draw = async (places) => {
			const drawn: Mistake[] = [];
			for (const place of places) {
				const inspected = await inspector.inspect(imageAt(data, place));
				drawn.push(
					await drawMistake(options, place, inspected, activation && 'of' in activation ? activation : undefined),
				);
			}
			return drawn;
		};
		return await body(draw, wordsOn(activation));
	} finally {
		await inspector.close();
		if (activation && 'of' in activation) await activation.close();
	}
}

async function explain(float: Uint8Array | undefined, size: Parameters<typeof openActivationMap>[1]) {
	return float ? openActivationMap(float, size) : { missing: 'no float model in the bundle' };
}

function wordsOn(activation: ActivationMap | { readonly missing: string } | undefined): string {
	if (activation === undefined)
		return 'Heat shows the probability of a defect at each pixel, yellow where doubtful and red where sure.';
	if ('missing' in activation) return `There are no heat maps: ${activation.missing}.`;
	return 'Heat shows where the features of the float model speak for a defect (class activation, Grad-CAM), red where most.';
}

/** Places of the worst, each part once. @param direction 1: the lowest scores first, −1: the highest */
function worst(images: readonly ScoredImage[], isWrong: (image: ScoredImage) => boolean, direction: 1 | -1): number[] {
	const wrong = [...images.keys()].filter((i) => isWrong(images[i]));
	const ranked = wrong.toSorted((a, b) => direction * (images[a].score - images[b].score));
	const groups = new Set<string>();
	return ranked.filter((i) => groups.size < groups.add(images[i].group).size).slice(0, SHOWN);
}

async function drawMistake(
	{ data, images }: MistakesOptions,
	place: number,
	{ mask, classScores }: Inspected,
	activation: ActivationMap | undefined,
): Promise<Mistake> {
	const { id, class: name, score } = images[place];
	const { width, height, channels } = data;
	const pixels: Pixels = { width, height, channels, data: imageAt(data, place) };
	const heat = mask ?? (await activation?.of(pixels.data, likeliestDefect(classScores)));
	const picture = (image: Pixels) => pictureOf(image, LARGEST);
	const binary = (values: Uint8Array | Float32Array, above: number): Pixels => ({
		width,
		height,
		channels: 1,
		data: Uint8Array.from(values, (value) => (value > above ? 255 : 0)),
	});
	return {
		id,
		class: name,
		score,
		image: await picture(pixels),
		...(mask && data.hasMask[place] && { truth: await picture(binary(maskAt(data, place), 0)) }),
		...(mask && { prediction: await picture(binary(mask, 0.5)) }),
		...(heat && { heat: await picture(drawOverlay(pixels, { heat })) }),
	};
}

/** Of a softmax head, whose class 0 is the sound one; 0 for a sigmoid head. */
function likeliestDefect(classScores: Float32Array | undefined): number {
	if (!classScores) return 0;
	const defects = classScores.slice(1);
	return 1 + defects.indexOf(Math.max(...defects));
}
