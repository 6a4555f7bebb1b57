/** Gives every integer value its scale and zero point; values that must not be requantized on the way share theirs. */
import type { Graph, Node } from '../graph/graph.ts';
import { activationParameters, type QuantizationParameters, type Range } from './parameters.ts';
import { isMover, type Plan, resultOf } from './plan.ts';

/**
 * Movers pass parameters through; the inputs and the output of a concatenation share one scale, so that skips cost
 * nothing. A value whose ReLU is absorbed needs zero point 0: where such a value meets negative ones in a
 * concatenation, it keeps parameters of its own and is converted there.
 */
export function shareParameters(
	graph: Graph,
	plan: Plan,
	ranges: ReadonlyMap<string, Range>,
): ReadonlyMap<string, QuantizationParameters> {
	const groups = new Groups(plan, ranges);
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
	/** Holds the camera's bytes, whose parameters are given. */
	fixed: QuantizationParameters | undefined;
}

class Groups {
	readonly #groups: Map<string, Group>;

	constructor({ integers, absorbed, camera }: Plan, ranges: ReadonlyMap<string, Range>) {
		const cut = new Set(Array.from(absorbed.keys(), (node) => resultOf(node, absorbed)));
		this.#groups = new Map(
			Array.from(integers, (name) => {
				const fixed = name === camera?.value ? { scale: camera.scale, zeroPoint: 0 } : undefined;
				return [name, { range: ranges.get(name) ?? { min: 0, max: 0 }, cut: cut.has(name), fixed }];
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
			fixed: members.find(({ fixed }) => fixed)?.fixed,
		};
		for (const [name, group] of this.#groups) if (parts.has(group)) this.#groups.set(name, whole);
	}

	uniteAround(concat: Node): void {
		const names = [...concat.inputs, concat.outputs[0]];
		const negative = names.some((name) => this.#groups.get(name)!.range.min < 0);
		this.unite(
			names.filter((name) => {
				const { cut, fixed } = this.#groups.get(name)!;
				return !fixed && !(cut && negative);
			}),
		);
	}

	parametersOf(name: string): QuantizationParameters {
		const { range, fixed } = this.#groups.get(name)!;
		return fixed ?? activationParameters(range);
	}
}
