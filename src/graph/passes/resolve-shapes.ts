/** Makes every size of a graph known that follows from the sizes of its inputs. */
import { AndonError } from '../../base/errors.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Shape } from '../graph.ts';
import { foldConstants } from './fold-constants.ts';

/**
 * The graph with inputs of the given shapes, sizes between nodes inferred and arithmetic on sizes done, round after round
 * until nothing changes. What no rule can infer stays as the file said it, or unknown.
 *
 * @param shapes by input name; other inputs keep theirs
 * @throws GRAPH_INVALID when the graph cannot take inputs of these shapes
 */
export function resolveShapes(
	graph: Graph,
	shapes: Readonly<Record<string, Shape>>,
): { graph: Graph; modified: boolean } {
	const named = namedSizes(graph, shapes);
	const fixed = (shape: Shape) => shape.map((d) => (typeof d === 'string' ? (named.get(d) ?? d) : d));
	const stated = isAsStated(graph, shapes)
		? new Map([...graph.values].map(([name, value]) => [name, { ...value, shape: value.shape && fixed(value.shape) }]))
		: undefined;
	let current: Graph = graph;
	let modified: boolean;
	do {
		const g = GraphBuilder.from(current, shapes, stated);
		for (const output of current.outputs) g.output(output.name);
		({ graph: current, modified } = foldConstants({ ...g.build(graph.metadata), opsets: graph.opsets }));
	} while (modified);
	return { graph: current, modified: true };
}

/** What sizes that are names in the file turn out to be. @throws GRAPH_INVALID when one name has two sizes */
function namedSizes(graph: Graph, shapes: Readonly<Record<string, Shape>>): Map<string, number> {
	const sizes = new Map<string, number>();
	for (const { name, shape } of graph.inputs)
		for (const [axis, dimension] of (shape ?? []).entries()) {
			const size = shapes[name]?.[axis];
			if (typeof dimension !== 'string' || dimension === '' || typeof size !== 'number') continue;
			const known = sizes.get(dimension);
			if (known !== undefined && known !== size)
				throw new AndonError('GRAPH_INVALID', {
					expected: `one size for "${dimension}"`,
					found: `${known} and ${size}`,
					fix: 'Give inputs that share a size the same one.',
				});
			sizes.set(dimension, size);
		}
	return sizes;
}

/** Sizes that the file states between nodes hold only for inputs of the sizes that it states. */
function isAsStated(graph: Graph, shapes: Readonly<Record<string, Shape>>): boolean {
	return graph.inputs.every(({ name, shape }) =>
		(shape ?? []).every((d, axis) => typeof d === 'string' || (shapes[name]?.[axis] ?? d) === d),
	);
}
