/** Runs the float model on calibration images and counts what flows through it. */
import { AndonError } from '../base/errors.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { openModel, type Tensor } from '../inference/model.ts';
import { Histogram } from './histogram.ts';
import { imageTensor } from './image-tensor.ts';
import type { Range } from './parameters.ts';

/** How a range is chosen from what was seen. */
export type RangeMethod =
	| { readonly method: 'min-max' }
	/** `percentile` in percent, such as 99.99. */
	| { readonly method: 'percentile'; readonly percentile: number }
	/** Value by value, what gives the least squared error. */
	| { readonly method: 'least-error' };

/** What calibration saw of one value. */
export interface Observation {
	readonly histogram: Histogram;
	/** Mean of each channel (axis 1), over all images. */
	readonly channelMeans: Float64Array;
}

/**
 * Observes each named value over all images.
 *
 * @param images raw bytes, uint8[height,width,channels] of the model's input size
 * @param names values between nodes, float32
 */
export async function observeValues(
	graph: Graph,
	images: readonly Uint8Array[],
	names: readonly string[],
	threads = 1,
): Promise<ReadonlyMap<string, Observation>> {
	if (images.length === 0)
		throw new AndonError('USAGE', {
			expected: 'at least one calibration image',
			found: 'none',
			fix: 'Give the images that the model was trained on, or some of them.',
		});
	const observations = new Map<string, Observation>();
	const model = await openModel(encodeModel(withOutputs(graph, names)), { threads });
	try {
		for (const image of images) {
			const values = await model.run({ [graph.inputs[0].name]: imageTensor(graph, image) });
			for (const name of names) {
				const known = observations.get(name) ?? newObservation(values[name]);
				observations.set(name, known);
				observe(known, name, values[name], images.length);
			}
		}
	} finally {
		await model.close();
	}
	return observations;
}

/** Ranges of all observed values by one method. */
export function rangesOf(observed: ReadonlyMap<string, Observation>, how: RangeMethod): ReadonlyMap<string, Range> {
	return new Map(Array.from(observed, ([name, { histogram }]) => [name, rangeOf(histogram, how)]));
}

function rangeOf(histogram: Histogram, how: RangeMethod): Range {
	if (how.method === 'percentile') return histogram.percentile(how.percentile);
	return how.method === 'min-max' ? { min: histogram.min, max: histogram.max } : histogram.leastError();
}

/** The same graph that gives values between its nodes as well. */
export function withOutputs(graph: Graph, names: readonly string[]): Graph {
	const known = new Set(graph.outputs.map((output) => output.name));
	const added = names
		.filter((name) => !known.has(name))
		.map((name) => graph.values.get(name) ?? { name, type: 'float32' as const, shape: undefined });
	return { ...graph, outputs: [...graph.outputs, ...added] };
}

function newObservation({ dims }: Tensor): Observation {
	return { histogram: new Histogram(), channelMeans: new Float64Array(dims[1] ?? 1) };
}

function observe({ histogram, channelMeans }: Observation, name: string, tensor: Tensor, images: number): void {
	const values = tensor.data as Float32Array;
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
	// One image at a time: the batch axis is 1.
	const area = values.length / channelMeans.length;
	for (let c = 0; c < channelMeans.length; c++) {
		let sum = 0;
		for (let i = c * area; i < (c + 1) * area; i++) sum += values[i];
		channelMeans[c] += sum / area / images;
	}
}
