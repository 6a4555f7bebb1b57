/** Where the nodes of a model run, in a line. */
import type { Placement } from './read-placement.ts';

/** Such as `32 nodes on CUDAExecutionProvider, 3 on CPUExecutionProvider`. */
export function describePlacement(placement: Placement): string {
	const counts = Object.entries(placement).map(([name, nodes]) => [name, nodesIn(nodes)] as const);
	const [first, ...rest] = counts.toSorted(([, a], [, b]) => b - a);
	if (!first) return 'no node at all';
	return [`${first[1]} nodes on ${first[0]}`, ...rest.map(([name, count]) => `${count} on ${name}`)].join(', ');
}

function nodesIn(operators: Readonly<Record<string, number>>): number {
	return Object.values(operators).reduce((sum, count) => sum + count, 0);
}
