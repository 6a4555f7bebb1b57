/** Runs the float model on calibration images and counts what flows through it. */
import { AndonError } from '../base/errors.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { openModel } from '../inference/model.ts';
import { imageTensor } from './image-tensor.ts';
import { Observation } from './ranges/observation.ts';

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
				const { dims, data } = values[name];
				const known = observations.get(name) ?? new Observation(dims[1] ?? 1);
				observations.set(name, known);
				observe(known, name, data as Float32Array);
			}
		}
	} finally {
		await model.close();
	}
	return observations;
}

/** The same graph that gives values between its nodes as well. */
export function withOutputs(graph: Graph, names: readonly string[]): Graph {
	const known = new Set(graph.outputs.map((output) => output.name));
	const added = names
		.filter((name) => !known.has(name))
		.map((name) => graph.values.get(name) ?? { name, type: 'float32' as const, shape: undefined });
	return { ...graph, outputs: [...graph.outputs, ...added] };
}

function observe(observation: Observation, name: string, values: Float32Array): void {
	try {
		observation.add(values);
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
