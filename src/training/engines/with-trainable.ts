/** Another set of learnt parameters for a step that is under way. */
import { AndonError } from '../../base/errors.ts';
import { carry, changedLayout, gather, type ParameterLayout, withParameters } from '../parameters.ts';
import type { StepOptions } from '../step-graph.ts';
import type { EngineState } from './engine.ts';

/**
 * What is frozen keeps its values as constants of the network, what stays learnt keeps its moments, and what joins starts
 * without any.
 *
 * @throws GRAPH_INVALID when a name is no parameter of the network, or there is none
 */
export function withTrainable<O extends StepOptions>(
	options: O,
	state: EngineState,
	names: readonly string[],
): { readonly options: O; readonly state: EngineState } {
	const { layout: old } = options;
	const wanted = new Set(names);
	const network = withParameters(options.network, old, state.weights, state.running);
	const layout = changedLayout(network, old, (name) => wanted.has(name), state.step);
	expectAll(wanted, layout);
	return {
		options: { ...options, network, layout },
		state: {
			step: state.step,
			weights: gather(network, layout.trainable),
			running: gather(network, layout.running),
			optimizer: state.optimizer.map((vector) =>
				carry(old.trainable, vector, layout.trainable, new Float32Array(layout.trainableSize)),
			),
		},
	};
}

function expectAll(wanted: ReadonlySet<string>, { trainable }: ParameterLayout): void {
	const known = new Set(trainable.map((slot) => slot.name));
	const unknown = [...wanted].filter((name) => !known.has(name));
	if (unknown.length === 0) return;
	throw new AndonError('GRAPH_INVALID', {
		expected: 'names of parameters of the network',
		found: unknown.slice(0, 5).join(', '),
		fix: 'Name constants that layers learn, as `parameterLayout` lists them.',
	});
}
