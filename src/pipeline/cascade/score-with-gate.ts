/** The calibration of a bundle with the gate's score of every image, and parts of `val` to choose the gate's threshold on. */
import { AndonError } from '../../base/errors.ts';
import type { Calibration } from '../../bundle/calibration.ts';
import type { GatedExposure } from '../../bundle/cascade/composite-scores.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import type { ModelOptions } from '../../inference/model.ts';
import type { Dataset, Sample } from '../../training/datasets/dataset.ts';
import { loadSamples } from '../../training/datasets/load-split.ts';
import { scoreImages } from '../../training/score-images.ts';
import { modelToScore } from '../model-to-score.ts';

export interface GateData {
	/** Holds the images of the bundle's calibration. */
	readonly dataset: Dataset;
	/** Whose `val` chooses the gate's threshold; the same one if absent. */
	readonly val?: Dataset;
}

/** What chooses, beside what certifies. */
export const CHOOSING_SPLIT = 'val';

/** Images in memory at a time. */
const CHUNK = 500;

/**
 * Images of splits other than these two are left out: nobody asks for them behind a gate.
 *
 * @throws DATASET_INVALID when the dataset lacks an image of the calibration, or when `val` holds certifying parts
 */
export async function scoreWithGate(
	bundle: Bundle,
	gate: Uint8Array,
	{ dataset, val = dataset }: GateData,
	options: ModelOptions = {},
): Promise<readonly GatedExposure[]> {
	const { certifyingSplit, exposures } = bundle.calibration();
	const certifying = exposures.filter(({ split }) => split === certifyingSplit).map(asBefore);
	const known = exposures.filter(({ split }) => split === CHOOSING_SPLIT).map(asBefore);
	const choosing = known.length > 0 && val === dataset ? known : await scoreByInspector(bundle, val, options);
	expectApart(certifying, choosing);
	return [
		...(await scoreByGate(bundle, gate, certifying, dataset, options)),
		...(await scoreByGate(bundle, gate, choosing, val, options)),
	];
}

type Exposure = Calibration['exposures'][number];

/** Without what an earlier gate made of it. */
export function asBefore({ gate: _, inspectorScores, ...exposure }: Exposure): Exposure {
	return { ...exposure, scores: inspectorScores ?? exposure.scores };
}

async function scoreByGate(
	bundle: Bundle,
	gate: Uint8Array,
	exposures: readonly Exposure[],
	dataset: Dataset,
	options: ModelOptions,
): Promise<GatedExposure[]> {
	const samples = new Map(dataset.samples.map((sample) => [sample.id, sample]));
	const lacking = exposures.filter(({ image }) => !samples.has(image));
	if (lacking.length > 0) throw lacks(dataset, lacking, exposures);
	const wanted = exposures.map(({ image }) => samples.get(image)!);
	const [scores] = await scoresOf(bundle, dataset, wanted, [gate], options);
	return exposures.map((exposure, i) => ({ ...exposure, gate: scores[i], inspectorScores: exposure.scores }));
}

async function scoreByInspector(bundle: Bundle, dataset: Dataset, options: ModelOptions): Promise<Exposure[]> {
	const samples = dataset.samples.filter(({ split }) => split === CHOOSING_SPLIT);
	const precisions = bundle.manifest.models.map(({ precision }) => precision);
	const models = precisions.map((precision) => modelToScore(precision, bundle.model(precision)));
	const scores = await scoresOf(bundle, dataset, samples, models, options);
	return samples.map(({ id: image, group, class: name, defective }, i) => ({
		...{ image, group, class: name, defective, split: CHOOSING_SPLIT },
		scores: Object.fromEntries(precisions.map((precision, k) => [precision, scores[k][i]])),
	}));
}

/** By model, then by sample. */
async function scoresOf(
	{ manifest: { input } }: Bundle,
	dataset: Dataset,
	samples: readonly Sample[],
	models: readonly Uint8Array[],
	options: ModelOptions,
): Promise<number[][]> {
	const scores: number[][] = models.map(() => []);
	for (let first = 0; first < samples.length; first += CHUNK) {
		const some = samples.slice(first, first + CHUNK);
		const data = { ...input, ...(await loadSamples(dataset, some, { ...input, withMasks: false })) };
		for (const [i, bytes] of models.entries()) {
			const { images } = await scoreImages({ bytes }, data, options);
			scores[i].push(...images.map(({ score }) => score));
		}
	}
	return scores;
}

function expectApart(certifying: readonly Exposure[], choosing: readonly Exposure[]): void {
	const groups = new Set(certifying.map(({ group }) => group));
	const shared = choosing.find(({ group }) => groups.has(group));
	if (!shared) return;
	throw new AndonError('DATASET_INVALID', {
		expected: 'other parts to choose the gate by than those that certify',
		found: `the part ${shared.group} (${shared.image}) in both`,
		fix: 'Name a dataset with other parts: --val <dataset>.',
	});
}

function lacks(dataset: Dataset, lacking: readonly Exposure[], all: readonly Exposure[]): AndonError {
	return new AndonError('DATASET_INVALID', {
		expected: `the ${all.length} images of the bundle's calibration in ${dataset.name}`,
		found: `${lacking.length} of them are not there, such as ${lacking[0].image}`,
		fix: 'Name the dataset that the bundle was trained or tuned on.',
	});
}
