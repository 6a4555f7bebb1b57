/** Where operators really ran, from ONNX Runtime's own profile. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How many operators each provider ran, over all profiles of a folder. */
export function readPlacement(folder: string): Record<string, number> {
	const placement: Record<string, number> = {};
	for (const { provider } of executions(folder)) placement[provider] = (placement[provider] ?? 0) + 1;
	return placement;
}

/** The nodes of a model by the provider that runs them, as ONNX Runtime names it, and by operator. */
export type Placement = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Where each node of a model runs; a node counts once, however often it ran. The folder holds profiles of one session. */
export function readNodes(folder: string): Placement {
	const seen = new Set<string>();
	const nodes: Record<string, Record<string, number>> = {};
	for (const { provider, operator, node } of executions(folder)) {
		if (seen.has(node)) continue;
		seen.add(node);
		nodes[provider] ??= {};
		nodes[provider][operator] = (nodes[provider][operator] ?? 0) + 1;
	}
	return nodes;
}

function executions(folder: string): { provider: string; operator: string; node: string }[] {
	return readdirSync(folder).flatMap((file) =>
		(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Event[]).flatMap(({ cat, name, args = {} }) => {
			const { provider, op_name: operator = 'unknown', node_index: index = '' } = args;
			if (cat !== 'Node' || !name?.endsWith('_kernel_time') || !provider) return [];
			return [{ provider, operator, node: `${index} ${name}` }];
		}),
	);
}

interface Event {
	readonly cat?: string;
	readonly name?: string;
	readonly args?: { readonly provider?: string; readonly op_name?: string; readonly node_index?: string };
}
