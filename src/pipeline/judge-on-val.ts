/** Lets the `val` split of a labelled dataset judge quantized models, where there is one. */
import { AndonError } from '../base/errors.ts';
import type { Manifest } from '../bundle/manifest.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { QuantizationOptions } from '../quantization/quantize-model.ts';
import type { Dataset } from '../training/datasets/dataset.ts';
import { openDataset } from '../training/datasets/index.ts';
import { loadSplit } from '../training/datasets/load-split.ts';
import { scoreImages } from '../training/score-images.ts';
import { faithfulness } from './faithfulness.ts';

export interface JudgeOptions {
	readonly threads?: number;
	/** Of the split, where the dataset has none of its own (default 0). */
	readonly seed?: number;
	/** The dataset was named as a judge: that it cannot judge is an error. */
	readonly required?: boolean;
}

/**
 * Scores as `train` scores: AP and IoU of `val`, less how far scores moved.
 *
 * @param float bytes of the deployed float model
 * @returns undefined when the source is no labelled dataset, or its `val` split does not hold both sound and defective parts
 * @throws DATASET_INVALID instead, when it is required
 */
export async function judgeOnVal(
	source: string,
	float: Uint8Array,
	input: Manifest['input'],
	{ threads, seed, required = false }: JudgeOptions = {},
): Promise<Required<Pick<QuantizationOptions, 'score' | 'floatScore'>> | undefined> {
	const dataset = await openIfLabelled(source, seed);
	const val = dataset?.samples.filter(({ split }) => split === 'val') ?? [];
	if (!dataset || new Set(val.map(({ defective }) => defective)).size < 2) {
		if (required) throw cannotJudge(source, val.length);
		return undefined;
	}
	const data = { ...input, ...(await loadSplit(dataset, 'val', input)) };
	const scoreOf = (bytes: Uint8Array) => scoreImages({ bytes }, data, { threads });
	const reference = await scoreOf(float);
	return {
		score: async (graph) => faithfulness(reference, await scoreOf(encodeModel(graph))),
		floatScore: faithfulness(reference, reference),
	};
}

async function openIfLabelled(source: string, seed?: number): Promise<Dataset | undefined> {
	try {
		return await openDataset(source, { seed });
	} catch (error) {
		// A folder of images without labels calibrates as well, but judges nothing.
		if (error instanceof AndonError && /^DATASET_(LAYOUT_UNKNOWN|ONE_SIDED)$/.test(error.code)) return undefined;
		throw error;
	}
}

function cannotJudge(source: string, images: number): AndonError {
	return new AndonError('DATASET_INVALID', {
		expected: `a labelled dataset with sound and defective parts in its val split at ${source}`,
		found: images === 0 ? 'no such split' : `${images} images of one kind`,
		fix: 'Name another dataset; without one, closeness to the float model decides.',
	});
}
