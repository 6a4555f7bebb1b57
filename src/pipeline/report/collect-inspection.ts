/** Gathers all that the report of a bundle shows: figures, mistakes, robustness, data, and how it was trained. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest, Precision } from '../../bundle/manifest.ts';
import { operatingPointOf } from '../../bundle/operating-point-of.ts';
import { decodeModel } from '../../graph/codec/codec.ts';
import { evaluation } from '../../metrics/evaluation.ts';
import { compareIous } from '../../metrics/mask-iou/compare-ious.ts';
import { verdictFlips } from '../../metrics/verdict-flips.ts';
import type { Dataset } from '../../training/datasets/dataset.ts';
import type { LabelledImages } from '../../training/labelled-images.ts';
import { pictureOfFile } from '../../training/report/picture.ts';
import type { ClassConfusion, InspectionReport, TrainingPicture } from '../../training/report/report-data.ts';
import type { TrainingRecord } from '../../training/report/training-record.ts';
import type { ScoredImage, ScoredImages } from '../../training/score-images.ts';
import { measureRobustness } from '../robustness.ts';
import { drawFlips, drawMistakes } from './draw-mistakes.ts';
import { summariseDataset } from './summarise-dataset.ts';
import { summariseProviders } from './summarise-providers.ts';
import { summariseQuantization } from './summarise-quantization.ts';
import { summariseTargets } from './summarise-targets.ts';

export interface InspectionSource {
	readonly manifest: Omit<Manifest, 'formatVersion' | 'files'>;
	/** Models by precision, and their scores of the images. */
	readonly models: ReadonlyMap<Precision, Uint8Array>;
	readonly scored: ReadonlyMap<Precision, ScoredImages>;
	readonly dataset: Dataset;
	/** The images that the figures are of. */
	readonly split: string;
	readonly data: LabelledImages;
	/** The images that are changed to see what the model bears. */
	readonly changed: { readonly split: string; readonly data: LabelledImages };
	readonly training?: TrainingRecord;
	/** Where pictures of the run lie, if anywhere; they show masks, so a model without one has none. */
	readonly samplesDir?: string;
}

export async function collectInspection(source: InspectionSource): Promise<InspectionReport> {
	const { manifest, models, scored, dataset, split, data, changed, training } = source;
	const { operatingPoint, input } = manifest;
	const precision = manifest.models.find((model) => model.default)!.precision;
	const model = models.get(precision)!;
	const { images, ious } = scored.get(precision)!;
	const { threshold } = operatingPoint;
	const float = scored.get('fp32');
	const { network, options } = trainingOf(manifest);
	const fp32 = models.get('fp32');
	const drawn = { model, float: fp32, data, images, threshold };
	return {
		kind: 'inspection',
		name: manifest.name,
		version: manifest.version,
		createdAt: manifest.createdAt,
		model: `${network ? `${network}, ` : ''}${input.width} × ${input.height} ${input.channels === 1 ? 'grey' : 'colour'}`,
		datasetName: dataset.name,
		split,
		models: [precision, ...[...scored.keys()].filter((other) => other !== precision)].map((precision) => {
			const { images, pixel } = scored.get(precision)!;
			const point = operatingPointOf(manifest, precision);
			const flips = float && precision !== 'fp32' ? verdictFlips(float.images, images, point.threshold) : undefined;
			return { precision, evaluation: evaluation(images, point, pixel), flips };
		}),
		scores: images.map(({ score, defective, class: name }) => ({ score, defective, class: name })),
		classConfusion: classConfusion(images, data.classes),
		...(float && precision !== 'fp32' && { flips: await drawFlips(drawn, float.images) }),
		...(await drawMistakes(drawn)),
		expectedIou: ious?.pairs.length ? compareIous(ious, manifest.iouCorrections?.[precision]) : undefined,
		quantization: fp32 && summariseQuantization(manifest.metrics.quantization, decodeModel(fp32)),
		targets: summariseTargets(manifest.metrics.targets),
		providers: summariseProviders(manifest.metrics.providers),
		robustness: await measureRobustness({ model, precision, threshold, ...changed }),
		learning: training?.learning,
		gradients: training?.gradients,
		dataset: await summariseDataset(dataset, input),
		pictures: manifest.outputs.mask && source.samplesDir ? await trainingPictures(source.samplesDir) : [],
		run: {
			facts: training?.facts ?? [],
			stages: training?.stages ?? [],
			configuration: options,
		},
	};
}

const trainingSchema = z.looseObject({
	options: z.looseObject({ network: z.looseObject({ name: z.string() }) }).optional(),
});

/** The manifest keeps what was run for people; bundles of other makers may say nothing. */
function trainingOf({ training }: Pick<Manifest, 'training'>): { network?: string; options?: unknown } {
	const { success, data } = trainingSchema.safeParse(training);
	return success ? { network: data.options?.network.name, options: data.options } : { options: training };
}

/** Undefined for a model that tells no classes apart. */
function classConfusion(images: readonly ScoredImage[], classes: readonly string[]): ClassConfusion | undefined {
	if (images.some(({ likeliest }) => likeliest === undefined)) return undefined;
	const counts = classes.map(() => new Array<number>(classes.length).fill(0));
	for (const { label, likeliest } of images) counts[label][likeliest!]++;
	return { classes, counts };
}

/** Drawings of the run shown in the report, evenly over the steps, the last one included. */
const PICTURES = 5;
const PICTURE_WIDTH = 280;

async function trainingPictures(dir: string): Promise<TrainingPicture[]> {
	const names = await readdir(dir).catch(() => [] as string[]);
	const steps = names.flatMap((name) => {
		const step = /^step-(\d+)\.png$/.exec(name)?.[1];
		return step ? [{ step: Number(step), name }] : [];
	});
	const sorted = steps.toSorted((a, b) => a.step - b.step);
	const count = Math.min(PICTURES, sorted.length);
	const chosen = Array.from({ length: count }, (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / count) - 1]);
	return Promise.all(
		chosen.map(async ({ step, name }) => ({ step, picture: await pictureOfFile(join(dir, name), PICTURE_WIDTH) })),
	);
}
