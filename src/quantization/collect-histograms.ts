/** Runs the float model on calibration images and counts what flows through it. */
import { AndonError } from '../base/errors.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { openModel } from '../inference/model.ts';
import { Histogram } from './histogram.ts';
import { imageTensor } from './image-tensor.ts';
import type { Range } from './parameters.ts';

/** How a range is chosen from what was seen. */
export type RangeMethod =
	| { readonly method: 'min-max' }
	/** `percentile` in percent, such as 99.99. */
	| { readonly method: 'percentile'; readonly percentile: number };

/**
 * One histogram for each named value, over all images.
 *
 * @param images raw bytes, uint8[height,width,channels] of the model's input size
 * @param names values between nodes, float32
 */
export async function collectHistograms(
	graph: Graph,
	images: readonly Uint8Array[],
	names: readonly string[],
	threads = 1,
): Promise<ReadonlyMap<string, Histogram>> {
	if (images.length === 0)
		throw new AndonError('USAGE', {
			expected: 'at least one calibration image',
			found: 'none',
			fix: 'Give the images that the model was trained on, or some of them.',
		});
	const histograms = new Map(names.map((name) => [name, new Histogram()]));
	const model = await openModel(encodeModel(withOutputs(graph, names)), { threads });
	try {
		for (const image of images) {
			const values = await model.run({ [graph.inputs[0].name]: imageTensor(graph, image) });
			for (const [name, histogram] of histograms) addTo(histogram, name, values[name].data as Float32Array);
		}
	} finally {
		await model.close();
	}
	return histograms;
}

/** Ranges of all histograms by one method. */
export function rangesOf(histograms: ReadonlyMap<string, Histogram>, how: RangeMethod): ReadonlyMap<string, Range> {
	return new Map(
		Array.from(histograms, ([name, histogram]) => [
			name,
			how.method === 'min-max' ? { min: histogram.min, max: histogram.max } : histogram.percentile(how.percentile),
		]),
	);
}

/** Ranges of the named values over the images: histograms and method in one step. */
export async function collectRanges(
	graph: Graph,
	images: readonly Uint8Array[],
	names: readonly string[],
	how: RangeMethod,
): Promise<ReadonlyMap<string, Range>> {
	return rangesOf(await collectHistograms(graph, images, names), how);
}

/** The same graph that gives values between its nodes as well. */
export function withOutputs(graph: Graph, names: readonly string[]): Graph {
	const known = new Set(graph.outputs.map((output) => output.name));
	const added = names
		.filter((name) => !known.has(name))
		.map((name) => graph.values.get(name) ?? { name, type: 'float32' as const, shape: undefined });
	return { ...graph, outputs: [...graph.outputs, ...added] };
}

function addTo(histogram: Histogram, name: string, values: Float32Array): void {
	try {
		histogram.add(values);
	} catch (cause) {
		throw new AndonError(
			'MODEL_FAILED',
			{
				expected: `finite numbers in "${name}"`,
				found: 'NaN or infinity on a calibration image',
				fix: 'The model diverged: train it again.',
			},
			{ cause },
		);
	}
}
