/** Runs the float model on calibration samples and counts what flows through it. */
import { AndonError } from '../base/errors.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { openModel, type Tensor } from '../inference/model.ts';
import { Observation } from './ranges/observation.ts';
import { feedsOf } from './sample.ts';
import type { Samples } from './samples.ts';

/**
 * Observes each named value over all samples, one sample in memory at a time.
 *
 * @param names values between nodes, float32
 * @throws USAGE when there is no sample, MODEL_FAILED when a value is not finite
 */
export async function observeValues(
	graph: Graph,
	samples: Samples,
	names: readonly string[],
	threads = 1,
): Promise<ReadonlyMap<string, Observation>> {
	const observations = new Map<string, Observation>();
	const model = await openModel(encodeModel(withOutputs(graph, names)), { threads });
	let count = 0;
	try {
		for await (const sample of samples) {
			count++;
			const values = await model.run(feedsOf(graph, sample), names.length > 0 ? names : undefined);
			for (const name of names) observe(observations, name, values[name]);
		}
	} finally {
		await model.close();
	}
	if (count > 0) return observations;
	throw new AndonError('USAGE', {
		expected: 'at least one calibration image',
		found: 'none',
		fix: 'Give the images that the model was trained on, or some of them.',
	});
}

/** The same graph that gives values between its nodes as well. */
export function withOutputs(graph: Graph, names: readonly string[]): Graph {
	const known = new Set(graph.outputs.map((output) => output.name));
	const added = names
		.filter((name) => !known.has(name))
		.map((name) => graph.values.get(name) ?? { name, type: 'float32' as const, shape: undefined });
	return { ...graph, outputs: [...graph.outputs, ...added] };
}

function observe(observations: Map<string, Observation>, name: string, { dims, data }: Tensor): void {
	const observation = observations.get(name) ?? new Observation(dims[1] ?? 1);
	observations.set(name, observation);
	try {
		observation.add(data as Float32Array, dims[0]);
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
