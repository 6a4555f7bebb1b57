/** `andon evaluate`: the figures of a bundle on labelled images. */
import { Command, Option } from 'commander';
import { PRECISIONS, type Precision } from '../bundle/manifest.ts';
import type { Split } from '../training/datasets/dataset.ts';
import { perform, withJson } from './action.ts';
import { describeEvaluation, describeFlips } from './describe-evaluation.ts';
import { readView, viewOption } from './view-option.ts';

interface Flags {
	readonly json?: boolean;
	readonly split: Split;
	readonly precision?: Precision;
	readonly against?: Precision;
	readonly view?: string;
	readonly gate: boolean;
}

export function evaluateCommand(): Command {
	return withJson(
		new Command('evaluate')
			.description('metrics on labelled images, through the deployed graph')
			.argument('<bundle>', 'folder of the bundle')
			.argument('<dataset>', 'a folder of labelled images, or `simulated`')
			.addOption(new Option('--split <name>', 'which images').choices(['train', 'val', 'test']).default('test'))
			.addOption(new Option('--precision <name>', 'which model (default: the bundle’s default)').choices(PRECISIONS))
			.addOption(
				new Option('--against <name>', 'counts the verdicts that flip when this model is replaced').choices(PRECISIONS),
			)
			.addOption(viewOption())
			.option('--no-gate', 'without the gate of the bundle, if it has one')
			.addHelpText(
				'after',
				'\nExample:\n  andon evaluate models/demo simulated:seed=9,count=500 --precision int8 --against fp32',
			),
	).action((dir: string, source: string, flags: Flags) => perform(flags, () => run(dir, source, flags), describe));
}

async function run(dir: string, source: string, { split, precision, against, view, gate }: Flags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { evaluateBundle } = await import('../pipeline/evaluate.ts');
	const { promiseVoidOf } = await import('../station/decision/promise.ts');
	const request = { split, precision, against, view: await readView(view), withoutGate: !gate };
	const result = await evaluateBundle(await openBundle(dir), await openDataset(source), request);
	const promiseVoid = promiseVoidOf(undefined, result.operatingPoint, [request.view]);
	return { ...result, ...(promiseVoid.length > 0 && { promiseVoid }) };
}

function describe(result: Awaited<ReturnType<typeof run>>): string {
	const flips = result.flips ? `\nverdicts   ${describeFlips(result.flips)}` : '';
	const voids = result.promiseVoid?.map((why) => `\nvoid       ${why}`) ?? [];
	const more = [...voids, flips, describeGate(result)];
	return `${result.split}, ${result.precision}:\n${describeEvaluation(result)}${more.join('')}`;
}

function describeGate({ gated, whyNotGated, n }: Awaited<ReturnType<typeof run>>): string {
	if (whyNotGated !== undefined) return `\ngate       off: ${whyNotGated}`;
	if (!gated) return '';
	return `\ngate       passed ${gated.ok} of ${n.ok} sound images and ${gated.defect} of ${n.defect} defective ones by the inspector`;
}
