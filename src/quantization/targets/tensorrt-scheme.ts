/** The scheme of TensorRT's target: symmetric int8 values and weights, biases in float, activations as nodes of their own. */
import type { Graph } from '../../graph/graph.ts';
import { linksOf } from '../../graph/links.ts';
import { rangesOf } from '../ranges/index.ts';
import type { Scheme } from '../scheme.ts';
import { planTensorrt, type TensorrtPlan } from './tensorrt-plan.ts';
import { symmetricWeight, writeTensorrtGraph } from './write-tensorrt-graph.ts';

export const tensorrtScheme: Scheme = {
	absorbsBounds: false,
	plan(float, keptInFloat) {
		const plan = planTensorrt(float, keptInFloat);
		return {
			observed: new Set([...plan.values, ...resultsOfConvolutions(float)]),
			// Transposed convolutions, whose output channels come second, are left as they are.
			convolutions: new Set([...plan.inputs.keys()].filter(({ op }) => op === 'Conv')),
			absorbed: new Map(),
			inFloat: plan.inFloat,
		};
	},
	weightScales: (weight) => symmetricWeight(weight, 0).scales,
	build({ float, keptInFloat, observed, how, corrections }) {
		const plan: TensorrtPlan = planTensorrt(float, keptInFloat);
		return writeTensorrtGraph(float, plan, rangesOf(observed, how), corrections);
	},
};

/** What convolutions give, behind their activation: where equalization looks. */
function resultsOfConvolutions(graph: Graph): readonly string[] {
	const links = linksOf(graph);
	return graph.nodes
		.filter(({ op, domain }) => op === 'Conv' && domain === '')
		.map(({ outputs: [result] }) => {
			const next = links.onlyConsumer(result);
			return next && (next.op === 'Relu' || next.op === 'Clip') ? next.outputs[0] : result;
		});
}
