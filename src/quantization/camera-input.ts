/** Finds the steps from camera byte to [0,1], so that the byte itself can be the quantized input. */
import type { Graph, Node } from '../graph/graph.ts';
import type { Links } from '../graph/links.ts';

export interface CameraInput {
	/** The float value that the network really starts from. */
	readonly value: string;
	/** value = scale · byte. */
	readonly scale: number;
	/** Nodes from the input to `value`; those of them that only move bytes are kept, on bytes. */
	readonly nodes: readonly Node[];
	readonly layout: readonly Node[];
}

const LAYOUT = new Set(['Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Identity']);

/** Undefined when the model does not start with uint8 → float → times a constant, in any order with layout steps. */
export function findCameraInput(graph: Graph, links: Links): CameraInput | undefined {
	const [input] = graph.inputs;
	if (input?.type !== 'uint8') return undefined;
	const nodes: Node[] = [];
	let scale = 1;
	let value = input.name;
	for (;;) {
		const node = links.onlyConsumer(value);
		const factor = node && factorOf(node, value, graph);
		if (node === undefined || factor === undefined) break;
		scale *= factor;
		nodes.push(node);
		value = node.outputs[0];
	}
	if (!nodes.some(({ op }) => op === 'Cast')) return undefined;
	return { value, scale: Math.fround(scale), nodes, layout: nodes.filter(({ op }) => LAYOUT.has(op)) };
}

/** What a node multiplies by, undefined when it does anything else. */
function factorOf(node: Node, value: string, { initializers }: Graph): number | undefined {
	if (node.domain !== '' || node.inputs[0] !== value) return undefined;
	if (LAYOUT.has(node.op)) return 1;
	if (node.op === 'Cast') return node.attributes.to?.value === 1 ? 1 : undefined;
	const constant = initializers.get(node.inputs[1]);
	if (constant?.data.length !== 1 || constant.type !== 'float32') return undefined;
	const number = Number(constant.data[0]);
	if (!(number > 0)) return undefined;
	if (node.op === 'Mul') return number;
	return node.op === 'Div' ? 1 / number : undefined;
}
