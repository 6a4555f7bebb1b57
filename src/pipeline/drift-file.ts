/** Measures what calibration parts look like, for the drift watch of the stations that will run the bundle. */
import { AndonError } from '../base/errors.ts';
import { digestOf } from '../bundle/digest.ts';
import { DRIFT_FILE, type DriftFile } from '../bundle/drift-file.ts';
import type { Precision } from '../bundle/manifest.ts';
import type { Bundle } from '../bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../bundle/write-bundle.ts';
import type { View } from '../imaging/view/view.ts';
import type { ModelOptions } from '../inference/model.ts';
import { driftReferenceOf, evenly, LEAST_PARTS } from '../metrics/drift/drift-reference.ts';
import type { InputStatistics } from '../metrics/drift/input-statistics.ts';
import type { Dataset } from '../training/datasets/dataset.ts';
import { loadSamples } from '../training/datasets/load-split.ts';
import { imageAt, type LabelledImages } from '../training/labelled-images.ts';
import { type MeasuredParts, measureThrough, statisticsOf } from './measure-through.ts';
import { oneOfEachPart } from './one-of-each-part.ts';
import { scoreBundle } from './score-bundle.ts';

/** Images of each half; more make the file larger and the test hardly sharper, since it learns from the line itself. */
const MOST_IMAGES = 1000;

export interface DriftParts {
	readonly dataset: string;
	/** Images that say how to measure; only the sound ones are used. */
	readonly bank: LabelledImages | MeasuredParts;
	/** Images of other parts, that the models never saw. */
	readonly held: LabelledImages | MeasuredParts;
	readonly models: ReadonlyMap<Precision, Uint8Array>;
	/** Scores of the held images by precision, in their order. */
	readonly scores: ReadonlyMap<Precision, readonly number[]>;
	/** Through which they are seen, if not stretched whole. */
	readonly view?: View;
}

/**
 * Of held parts one image counts: those of one part resemble each other more than parts do.
 *
 * @returns undefined with fewer than 20 sound images in the bank, or 20 sound parts held out
 */
export function driftFileOf({ dataset, bank, held, models, scores, view }: DriftParts): DriftFile | undefined {
	const known = evenly(soundOf(bank), MOST_IMAGES).map((i) => measured(bank, i));
	if (known.length < LEAST_PARTS || soundPartsOf(held) < LEAST_PARTS) return undefined;
	const places = evenly(oneOfEachPart(held.samples), MOST_IMAGES);
	const precisions = [...scores.keys()];
	// Any score makes the reference watch scores; which ones they are is told apart by precision below.
	const reference = driftReferenceOf(
		known,
		places.map((i) => {
			const { values, signature } = measured(held, i);
			return { signature, values: { ...values, score: 0 }, defective: held.samples[i].defective };
		}),
	);
	return {
		formatVersion: 1,
		dataset,
		...(view && { view }),
		models: Object.fromEntries(precisions.map((precision) => [precision, digestOf(models.get(precision)!)])),
		cutPoints: Object.fromEntries(Object.entries(reference.cutPoints).map(([name, cuts]) => [name, cuts.map(short)])),
		texture: {
			mean: [...reference.texture.mean],
			deviation: [...reference.texture.deviation],
			signatures: reference.texture.signatures.map((signature) => [...signature]),
		},
		held: reference.held.map(({ defective, values: { score: _, ...values } }, k) => ({
			defective,
			values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, short(value)])),
			scores: Object.fromEntries(precisions.map((precision) => [precision, scores.get(precision)![places[k]]])),
		})),
	};
}

export interface FittedDrift {
	readonly file: DriftFile;
	readonly bank: number;
	readonly held: { readonly sound: number; readonly defective: number };
}

/**
 * The same for a bundle that is there.
 *
 * @param split `test`: `val` is the bank and `test` is held out, as in training; `all`: no image was used in training, and
 *   every other part is held out
 * @throws DATASET_INVALID when there are too few images, and what loading and inference throw
 */
export async function fitDrift(
	bundle: Bundle,
	dataset: Dataset,
	{ split, view }: { readonly split: 'test' | 'all'; readonly view?: View },
	options: ModelOptions = {},
): Promise<FittedDrift> {
	const { input } = bundle.manifest;
	const halves = split === 'all' ? alternating(dataset) : splitsOf(dataset);
	const measure = async (samples: Dataset['samples']) =>
		view
			? measureThrough(view, bundle, dataset, samples)
			: { ...input, ...(await loadSamples(dataset, samples, { ...input, withMasks: false })) };
	const [bank, held] = [await measure(halves.bank), await measure(halves.held)];
	const models = new Map(bundle.manifest.models.map(({ precision }) => [precision, bundle.model(precision)] as const));
	const scored = await scoreBundle(bundle, [...models.keys()], { dataset, samples: halves.held, view }, options);
	const scores = new Map([...scored].map(([precision, { images }]) => [precision, images.map(({ score }) => score)]));
	const file = driftFileOf({ dataset: dataset.name, bank, held, models, scores, view });
	if (!file) throw tooFew(dataset.name, soundOf(bank).length, soundPartsOf(held));
	const sound = file.held.filter((part) => !part.defective).length;
	return { file, bank: soundOf(bank).length, held: { sound, defective: file.held.length - sound } };
}

/** Writes the bundle again with another reference, everything else byte for byte as it was. */
export async function writeDrift(bundle: Bundle, file: DriftFile): Promise<Bundle> {
	const { manifest, files } = draftFrom(bundle);
	return writeBundle(bundle.dir, { manifest, files: new Map([...files, [DRIFT_FILE, textOf(file)]]) });
}

/** For the draft of a new bundle; nothing where there are too few parts. */
export function driftFiles(parts: DriftParts): [string, string][] {
	const file = driftFileOf(parts);
	return file ? [[DRIFT_FILE, textOf(file)]] : [];
}

function textOf(file: DriftFile): string {
	return `${JSON.stringify(file)}\n`;
}

function soundOf({ samples }: Pick<LabelledImages, 'samples'>): number[] {
	return samples.flatMap((sample, i) => (sample.defective ? [] : [i]));
}

function soundPartsOf({ samples }: Pick<LabelledImages, 'samples'>): number {
	return new Set(samples.flatMap(({ defective, group }) => (defective ? [] : [group]))).size;
}

function measured(data: LabelledImages | MeasuredParts, index: number): InputStatistics {
	if ('statistics' in data) return data.statistics[index];
	const { width, height, channels } = data;
	return statisticsOf({ width, height, channels, data: imageAt(data, index) });
}

function splitsOf({ samples }: Dataset) {
	return {
		bank: samples.filter((sample) => sample.split === 'val'),
		held: samples.filter((sample) => sample.split === 'test'),
	};
}

/** Images of one part stay in one half. */
function alternating({ samples }: Dataset) {
	const groups = new Map([...new Set(samples.map((sample) => sample.group))].map((group, i) => [group, i % 2]));
	return {
		bank: samples.filter((sample) => groups.get(sample.group) === 0),
		held: samples.filter((sample) => groups.get(sample.group) === 1),
	};
}

function short(value: number): number {
	return Number(value.toPrecision(6));
}

function tooFew(name: string, bank: number, held: number): AndonError {
	return new AndonError('DATASET_INVALID', {
		expected: `at least ${LEAST_PARTS} sound images to know the surface by and ${LEAST_PARTS} sound parts more in ${name}`,
		found: `${bank} and ${held}`,
		fix: 'Add parts, or use --split all when none of them was used in training; a station can also learn from its own parts (`drift.learnParts`).',
	});
}
