/** How each quantized value fares: what calibration saw, the codes it got, and the noise that all integers before it made. */
import type { Graph } from '../graph/graph.ts';
import { compareValues, type Difference } from './compare-values.ts';
import type { Range } from './parameters.ts';
import type { Plan } from './plan.ts';
import type { QuantizedGraph } from './quantize-graph.ts';
import type { Observation } from './ranges/observation.ts';
import type { Sample } from './sample.ts';

export interface QuantizedValue extends Difference {
	readonly name: string;
	/** Smallest and largest float value seen in calibration. */
	readonly seen: Range;
	readonly scale: number;
	readonly zeroPoint: number;
	/** Share of the calibration values that the codes cannot reach. */
	readonly saturated: number;
}

/** One entry a quantized value, in the order of the graph. */
export async function describeValues(
	float: Graph,
	plan: Plan,
	{ traced, parameters, dequantized }: QuantizedGraph,
	observed: ReadonlyMap<string, Observation>,
	samples: readonly Sample[],
): Promise<QuantizedValue[]> {
	const pairs = [...dequantized].filter(([name]) => plan.integers.has(name));
	const differences = await compareValues(float, traced, new Map(pairs), samples);
	const order = [plan.camera?.value, ...float.nodes.flatMap(({ outputs }) => outputs)];
	const known = order.filter((name, i) => name && plan.integers.has(name) && order.indexOf(name) === i) as string[];
	return known.map((name) => {
		const { scale, zeroPoint } = parameters.get(name)!;
		const { histogram } = observed.get(name)!;
		const reach = { min: -zeroPoint * scale, max: (255 - zeroPoint) * scale };
		return {
			name,
			seen: { min: histogram.min, max: histogram.max },
			scale,
			zeroPoint,
			saturated: histogram.shareOutside(reach),
			...differences.get(name)!,
		};
	});
}
