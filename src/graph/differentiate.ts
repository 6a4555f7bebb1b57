/** Reverse-mode differentiation: walks a graph backwards and emits the nodes that compute its gradients. */
import { AndonError } from '../base/errors.ts';
import type { GraphBuilder } from './builder.ts';
import { float32, type Node } from './graph.ts';
import { findOperator } from './ops/index.ts';

/**
 * Adds the gradient of a scalar with respect to some values.
 *
 * @param loss name of a value with one element
 * @param targets names of the values to differentiate by
 * @returns gradient names by target; a target that the loss does not depend on is absent
 * @throws MODEL_UNSUPPORTED naming every operator on the way that has no gradient rule
 */
export function differentiate(g: GraphBuilder, loss: string, targets: readonly string[]): Map<string, string> {
	const forward = [...g.nodes];
	const active = dependents(g, forward, targets);
	refuseUnknown(forward, active, loss);
	const pending = new Map<string, string[]>([[loss, [g.constant(float32(g.shape(loss), [1]))]]]);
	const settled = new Map<string, string>();
	const settle = (name: string) => {
		const parts = pending.get(name);
		if (!parts) return undefined;
		const sum = parts.length === 1 ? parts[0] : g.op('Sum', parts);
		settled.set(name, sum);
		pending.delete(name);
		return sum;
	};
	for (const node of forward.reverse()) {
		if (!node.outputs.some((name) => active.has(name))) continue;
		const dOutputs = node.outputs.map(settle);
		if (dOutputs.every((d) => d === undefined)) continue;
		const needed = node.inputs.map((name) => active.has(name));
		const dInputs = findOperator(node)!.gradient!(g, node, dOutputs, needed);
		node.inputs.forEach((name, i) => {
			const gradient = dInputs[i];
			if (needed[i] && gradient) pending.set(name, [...(pending.get(name) ?? []), gradient]);
		});
	}
	return new Map(
		targets.flatMap((name) => {
			const gradient = settled.get(name) ?? settle(name);
			return gradient ? [[name, gradient] as const] : [];
		}),
	);
}

/** Every value that changes smoothly when a target changes: a comparison or an index has no gradient. */
function dependents(g: GraphBuilder, nodes: readonly Node[], targets: readonly string[]): ReadonlySet<string> {
	const active = new Set(targets);
	for (const node of nodes)
		if (node.inputs.some((name) => active.has(name)))
			for (const output of node.outputs.filter((name) => name !== '' && g.value(name).type.startsWith('float')))
				active.add(output);
	return active;
}

function refuseUnknown(nodes: readonly Node[], active: ReadonlySet<string>, loss: string): void {
	const wanted = new Set([loss]);
	/** The first place of each operator. */
	const missing = new Map<string, string>();
	for (const node of [...nodes].reverse()) {
		if (!node.outputs.some((name) => wanted.has(name) && active.has(name))) continue;
		if (!findOperator(node)?.gradient) missing.set(node.op, node.name || node.outputs[0]);
		for (const input of node.inputs) wanted.add(input);
	}
	if (missing.size > 0)
		throw new AndonError('MODEL_UNSUPPORTED', {
			expected: 'operators with a gradient rule between the parameters and the loss',
			found: [...missing]
				.map(([op, where]) => `${op} (${where})`)
				.sort()
				.join(', '),
			fix: 'Freeze the layers in front of them, cut the model before them, or add a rule in src/graph/ops.',
		});
}
