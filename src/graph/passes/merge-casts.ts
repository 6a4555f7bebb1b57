/** Takes out conversions that undo each other, or that go a way round: one Cast does what two did. */
import type { ElementType, Graph, Node } from '../graph.ts';
import { linksOf } from '../links.ts';
import { castType } from '../ops/shape-ops.ts';
import { typesOf } from '../types-of.ts';
import { dropDeadNodes } from './drop-dead-nodes.ts';

/** A type → the types that hold each of its values exactly. */
const WITHIN: Readonly<Partial<Record<ElementType, readonly ElementType[]>>> = {
	bool: ['uint8', 'int8', 'int32', 'int64', 'float16', 'float32', 'float64'],
	uint8: ['int32', 'int64', 'float16', 'float32', 'float64'],
	int8: ['int32', 'int64', 'float16', 'float32', 'float64'],
	float16: ['float32', 'float64'],
	float32: ['float64'],
	int32: ['int64', 'float64'],
};

/** A Cast behind a Cast that loses nothing reads what that one read; where it only goes back, its readers do. */
export function mergeCasts(graph: Graph): { graph: Graph; modified: boolean } {
	const { producer } = linksOf(graph);
	const typeOf = typesOf(graph);
	const outputs = new Set(graph.outputs.map(({ name }) => name));
	const renamed = new Map<string, string>();
	let modified = false;
	const nodes = graph.nodes.map((original) => {
		const node = { ...original, inputs: original.inputs.map((name) => renamed.get(name) ?? name) };
		if (!isCast(node)) return node;
		const source = losslessSource(producer(node.inputs[0]), renamed, typeOf);
		if (source === undefined) return node;
		modified = true;
		if (typeOf(source) === typeOf(node.outputs[0]) && !outputs.has(node.outputs[0]))
			renamed.set(node.outputs[0], source);
		return { ...node, inputs: [source] };
	});
	return modified ? { graph: dropDeadNodes({ ...graph, nodes }).graph, modified } : { graph, modified };
}

/** What a Cast reads, when each of those values survives it. */
function losslessSource(
	cast: Node | undefined,
	renamed: ReadonlyMap<string, string>,
	typeOf: (name: string) => ElementType | undefined,
): string | undefined {
	if (!cast || !isCast(cast)) return undefined;
	const source = renamed.get(cast.inputs[0]) ?? cast.inputs[0];
	const from = typeOf(source);
	const to = castType(cast);
	return from && to && WITHIN[from]?.includes(to) ? source : undefined;
}

function isCast({ op, domain }: Node): boolean {
	return op === 'Cast' && domain === '';
}
