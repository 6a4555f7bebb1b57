/** `andon analyze`: what a network or an ONNX file costs and sees, layer by layer. */
import { Command } from 'commander';
import type { Analysis } from '../graph/analyze.ts';
import type { LayerGroup } from '../graph/group-layers.ts';
import { perform, withJson } from './action.ts';
import { describeAnalysis } from './describe-analysis.ts';
import { numberOption } from './number-option.ts';

interface Flags {
	readonly size?: string;
	readonly channels?: number;
	readonly set: readonly string[];
	readonly all?: boolean;
	readonly json?: boolean;
}

/** What is printed: every node with `--all`, else the layers. */
export type AnalysisResult = Omit<Analysis, 'layers' | 'graph'> & {
	readonly name: string;
	readonly inputs: Readonly<Record<string, readonly (number | string)[] | undefined>>;
	readonly outputs: Readonly<Record<string, readonly (number | string)[] | undefined>>;
	readonly layers: readonly LayerGroup[];
};

export function analyzeCommand(): Command {
	return withJson(new Command('analyze').argument('<network|model.onnx>', 'a network by name, or an ONNX file'))
		.description('parameters, output sizes, receptive field and multiply-accumulates, layer by layer')
		.option('--size <pixels>', 'input size, such as 224 or 320x240 (width x height)')
		.option('--channels <n>', 'channels of a network’s input (default: 3)', numberOption)
		.option(
			'--set <key=value>',
			'an option of the network, such as alpha=0.5, or a named size of the model (repeatable)',
			(value, previous: readonly string[]) => [...previous, value],
			[],
		)
		.option('--all', 'every node, also those that only normalise, activate or move values')
		.addHelpText('after', '\nExamples:\n  andon analyze inception-resnet-a\n  andon analyze model.onnx --size 224')
		.action((target: string, flags: Flags) => perform(flags, () => run(target, flags), describeAnalysis));
}

async function run(target: string, flags: Flags): Promise<AnalysisResult> {
	const { analyze } = await import('../graph/analyze.ts');
	const { groupLayers } = await import('../graph/group-layers.ts');
	const { openNetworkOrModel } = await import('../pipeline/open-network-or-model.ts');
	const { graph: source, shapes } = await openNetworkOrModel(target, flags);
	const { layers, graph, ...totals } = analyze(source, shapes);
	const shapesOf = (values: typeof graph.inputs) => Object.fromEntries(values.map(({ name, shape }) => [name, shape]));
	return {
		name: target,
		inputs: shapesOf(graph.inputs.filter(({ name }) => !graph.initializers.has(name))),
		outputs: shapesOf(graph.outputs),
		...totals,
		layers: flags.all
			? layers.map(({ node, ...layer }) => ({ ...layer, nodes: [node.op] }))
			: groupLayers(graph, layers),
	};
}
