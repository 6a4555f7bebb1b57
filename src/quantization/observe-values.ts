/** Runs the float model on calibration images and counts what flows through it. */
import { AndonError } from '../base/errors.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { openModel } from '../inference/model.ts';
import { Observation } from './ranges/observation.ts';
import { feedsOf, type Sample } from './sample.ts';

/**
 * Observes each named value over all samples.
 *
 * @param names values between nodes, float32
 */
export async function observeValues(
	graph: Graph,
	samples: readonly Sample[],
	names: readonly string[],
	threads = 1,
): Promise<ReadonlyMap<string, Observation>> {
	if (samples.length === 0)
		throw new AndonError('USAGE', {
			expected: 'at least one calibration image',
			found: 'none',
			fix: 'Give the images that the model was trained on, or some of them.',
		});
	const observations = new Map<string, Observation>();
	const model = await openModel(encodeModel(withOutputs(graph, names)), { threads });
	try {
		for (const sample of samples) {
			const values = await model.run(feedsOf(graph, sample));
			for (const name of names) {
				const { dims, data } = values[name];
				const known = observations.get(name) ?? new Observation(dims[1] ?? 1);
				observations.set(name, known);
				observe(known, name, data as Float32Array, dims[0]);
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

function observe(observation: Observation, name: string, values: Float32Array, images: number): void {
	try {
		observation.add(values, images);
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
