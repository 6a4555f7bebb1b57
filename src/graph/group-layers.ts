/** Nodes put together to the layers that a person counts: a convolution with the normalisation and activation behind it. */
import type { LayerAnalysis } from './analyze.ts';
import type { Graph } from './graph.ts';
import { linksOf } from './links.ts';
import { findOperator } from './ops/index.ts';

/** A layer: the node that computes, and what follows it without computing anything of its own. */
export type LayerGroup = Omit<LayerAnalysis, 'node'> & { readonly nodes: readonly string[] };

/**
 * Groups in the order of the graph. A node begins a group when it multiplies and adds, slides a window, rescales, brings
 * branches together, or has no rule; any other node joins the group that it reads from.
 *
 * @param layers every node of `graph` in order, as `analyze` gives them
 */
export function groupLayers(graph: Graph, layers: readonly LayerAnalysis[]): readonly LayerGroup[] {
	const front: Group = { members: [] };
	const groupOf = new Map<string, Group>(graph.inputs.map(({ name }) => [name, front]));
	const groups: Group[] = [];
	for (const layer of layers) {
		const sources = new Set(layer.node.inputs.map((name) => groupOf.get(name)).filter((group) => group !== undefined));
		if (sources.size === 0 && !isLayer(layer)) continue;
		const [source] = sources;
		const group = sources.size === 1 && !isLayer(layer) ? source : { members: [] };
		group.members.push(layer);
		if (group.members.length === 1 && group !== front) groups.push(group);
		for (const name of layer.node.outputs) groupOf.set(name, group);
	}
	const links = linksOf(graph);
	const found = front.members.some(({ parameters }) => parameters > 0) ? [front, ...groups] : groups;
	return found.map(({ members }) => ({ ...summary(members), ...ends(members, links) }));
}

interface Group {
	readonly members: LayerAnalysis[];
}

const RESCALES = new Set(['Resize', 'Upsample', 'DepthToSpace', 'SpaceToDepth']);

function isLayer({ node, window, unknown, macs }: LayerAnalysis): boolean {
	const operator = findOperator(node);
	return !operator || macs !== 0 || window !== undefined || unknown.length > 0 || RESCALES.has(node.op);
}

function summary(group: readonly LayerAnalysis[]): LayerGroup {
	const { node, ...head } = group[0];
	const sum = (key: 'parameters' | 'statistics' | 'constants') => group.reduce((total, layer) => total + layer[key], 0);
	return {
		...head,
		name: nameOf(group[0]),
		nodes: group.map((layer) => layer.op).filter((op) => op !== 'Identity'),
		parameters: sum('parameters'),
		statistics: sum('statistics'),
		constants: sum('constants'),
		unknown: [...new Set(group.flatMap(({ unknown }) => unknown))],
	};
}

/** A layer is called as its weight is, where that has a name; `conv1/weight` and `conv1.weight` belong to `conv1`. */
function nameOf({ node, name }: LayerAnalysis): string {
	for (const input of node.inputs.slice(1)) {
		const match = /^(.+)[/.](weight|kernel|scale)(\/folded)?$/.exec(input);
		if (match) return match[1];
	}
	// Names that a builder made up say less than what the output is called.
	return /(^|\/)[a-z]+_\d+$/.test(name) ? node.outputs[0] : name;
}

/** What comes out before the ways part. */
function ends(group: readonly LayerAnalysis[], links: ReturnType<typeof linksOf>) {
	let last = group[0];
	for (;;) {
		const next = links.onlyConsumer(last.node.outputs[0]);
		const layer = next && group.find(({ node }) => node === next);
		if (!layer) return { output: last.output, receptiveField: last.receptiveField, stride: last.stride };
		last = layer;
	}
}
