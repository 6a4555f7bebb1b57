/** Who makes and who uses each value of a graph: what rewrites ask all the time. */
import type { Graph, Node } from './graph.ts';

export interface Links {
	/** The node that makes a value; undefined for inputs and constants. */
	producer(name: string): Node | undefined;
	/** The nodes that read a value, each as often as it reads it. */
	consumers(name: string): readonly Node[];
	/** The only reader of a value that is nothing else, not even a graph output. */
	onlyConsumer(name: string): Node | undefined;
}

export function linksOf(graph: Graph): Links {
	const producers = new Map<string, Node>();
	const consumers = new Map<string, Node[]>();
	for (const node of graph.nodes) {
		for (const name of node.outputs) if (name !== '') producers.set(name, node);
		for (const name of namesReadBy(node)) {
			const readers = consumers.get(name);
			if (readers) readers.push(node);
			else consumers.set(name, [node]);
		}
	}
	const outputs = new Set(graph.outputs.map((output) => output.name));
	return {
		producer: (name) => producers.get(name),
		consumers: (name) => consumers.get(name) ?? [],
		onlyConsumer: (name) => {
			const readers = consumers.get(name) ?? [];
			return readers.length === 1 && !outputs.has(name) ? readers[0] : undefined;
		},
	};
}

/** Every value that a node reads, those that graphs inside its attributes take from outside included. */
export function namesReadBy(node: Node): readonly string[] {
	const inner = Object.values(node.attributes).flatMap((attribute) =>
		attribute.kind === 'graph' ? namesTakenBy(attribute.value) : [],
	);
	return [...node.inputs.filter((name) => name !== ''), ...inner];
}

function namesTakenBy(graph: Graph): readonly string[] {
	const own = new Set([
		...graph.inputs.map((input) => input.name),
		...graph.initializers.keys(),
		...graph.nodes.flatMap((node) => node.outputs),
	]);
	const read = [...graph.nodes.flatMap(namesReadBy), ...graph.outputs.map((output) => output.name)];
	return read.filter((name) => !own.has(name));
}
