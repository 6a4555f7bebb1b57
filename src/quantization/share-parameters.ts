/** Gives every integer value its scale and zero point; values that must not be requantized on the way share theirs. */
import type { Graph, Node } from '../graph/graph.ts';
import { activationParameters, type QuantizationParameters, type Range } from './parameters.ts';
import { isMover, type Plan, resultOf } from './plan.ts';

/**
 * Movers pass parameters through; the inputs and the output of a concatenation share one scale, so that skips cost
 * nothing. A value whose ReLU is absorbed needs zero point 0, and one whose ReLU6 is absorbed may not reach beyond 6: where
 * such a value meets negative or larger ones in a concatenation, it keeps parameters of its own and is converted there.
 */
export function shareParameters(
	graph: Graph,
	plan: Plan,
	ranges: ReadonlyMap<string, Range>,
): ReadonlyMap<string, QuantizationParameters> {
	const groups = new Groups(graph, plan, ranges);
	for (const node of graph.nodes)
		if (isMover(node) && isInteger(node, plan)) groups.unite([node.inputs[0], node.outputs[0]]);
	for (const node of graph.nodes) if (node.op === 'Concat' && isInteger(node, plan)) groups.uniteAround(node);
	return new Map(Array.from(plan.integers, (name) => [name, groups.parametersOf(name)]));
}

function isInteger(node: Node, { integers, camera }: Plan): boolean {
	return !camera?.nodes.includes(node) && integers.has(node.inputs[0]) && integers.has(node.outputs[0]);
}

interface Group {
	range: Range;
	/** Holds a value whose ReLU is absorbed. */
	cut: boolean;
	/** The upper end of an absorbed clip, which the range takes the place of. */
	limit: number;
	/** Holds the camera's bytes, whose parameters are given. */
	fixed: QuantizationParameters | undefined;
}

class Groups {
	readonly #groups: Map<string, Group>;

	constructor(graph: Graph, { integers, absorbed, camera }: Plan, ranges: ReadonlyMap<string, Range>) {
		const limits = new Map(
			Array.from(absorbed, ([node, activation]) => [resultOf(node, absorbed), upperEnd(activation, graph)]),
		);
		this.#groups = new Map(
			Array.from(integers, (name) => {
				const fixed = name === camera?.value ? { scale: camera.scale, zeroPoint: 0 } : undefined;
				const range = ranges.get(name) ?? { min: 0, max: 0 };
				return [name, { range, cut: limits.has(name), limit: limits.get(name) ?? Number.POSITIVE_INFINITY, fixed }];
			}),
		);
	}

	unite(names: readonly string[]): void {
		const parts = new Set(names.map((name) => this.#groups.get(name)!));
		const members = [...parts];
		const whole: Group = {
			range: {
				min: Math.min(...members.map(({ range }) => range.min)),
				max: Math.max(...members.map(({ range }) => range.max)),
			},
			cut: members.some(({ cut }) => cut),
			limit: Math.min(...members.map(({ limit }) => limit)),
			fixed: members.find(({ fixed }) => fixed)?.fixed,
		};
		for (const [name, group] of this.#groups) if (parts.has(group)) this.#groups.set(name, whole);
	}

	uniteAround(concat: Node): void {
		const names = [...concat.inputs, concat.outputs[0]];
		const ranges = names.map((name) => this.#groups.get(name)!.range);
		const negative = ranges.some(({ min }) => min < 0);
		const largest = Math.max(...ranges.map(({ max }) => max));
		this.unite(
			names.filter((name) => {
				const { cut, limit, fixed } = this.#groups.get(name)!;
				return !fixed && !(cut && negative) && largest <= limit;
			}),
		);
	}

	parametersOf(name: string): QuantizationParameters {
		const { range, fixed } = this.#groups.get(name)!;
		return fixed ?? activationParameters(range);
	}
}

/** Where an absorbed activation cuts from above; of bounds per channel, the lowest. */
function upperEnd({ op, inputs }: Node, { initializers }: Graph): number {
	if (op === 'Min') return Math.min(...Array.from(initializers.get(inputs[1])!.data, Number));
	const high = op === 'Clip' ? initializers.get(inputs[2] ?? '') : undefined;
	return high?.data.length === 1 ? Number(high.data[0]) : Number.POSITIVE_INFINITY;
}
