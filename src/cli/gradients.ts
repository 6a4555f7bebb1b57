/** `andon gradients`: deep networks whose gradients vanish or explode, what cures them, and whether the watch notices. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { Demonstration } from '../training/gradient-health/demonstrate.ts';
import type { DemonstrationSketch } from '../training/gradient-health/demonstration-cases.ts';
import { perform, withJson } from './action.ts';
import { columns } from './columns.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';

/** Flags that describe a network of one's own carry the names of the settings. */
interface Flags extends Omit<Partial<DemonstrationSketch>, 'name' | 'layers'> {
	readonly json?: boolean;
	readonly show: 'cures' | 'initializers';
	readonly depth: number;
	readonly steps: number;
	readonly seed: number;
	readonly threads?: number;
	readonly out: string;
}

interface Result {
	readonly cases: readonly Demonstration[];
	readonly chart: { readonly svg: string; readonly png: string };
}

export function gradientsCommand(): Command {
	return withJson(
		new Command('gradients')
			.description('show how gradients vanish and explode in deep networks, what cures them, and what the watch says')
			.addOption(new Option('--show <what>', 'what to compare').choices(['cures', 'initializers']).default('cures'))
			.option('--depth <layers>', 'layers of the networks', numberOption, 30)
			.option('--steps <n>', 'training steps of each', numberOption, 150)
			.option('--activation <name>', 'a network of your own instead: sigmoid, tanh or relu')
			.option('--initializer <name>', '… its initialiser, such as he, glorot, small or large')
			.option('--residual', '… with residual connections')
			.option('--batch-norm', '… with batch normalisation')
			.option('--optimizer <name>', '… adam or sgd')
			.option('--rate <r>', '… its learning rate', numberOption)
			.option('--clip-norm <limit>', '… the gradient clipped to this norm', numberOption)
			.option('--clip-value <limit>', '… each element of the gradient clipped to this size', numberOption)
			.option('--seed <n>', 'seed of weights and images', numberOption, 0)
			.option('--threads <n>', 'threads of ONNX Runtime', numberOption, 1)
			.option('--out <dir>', 'where the chart goes', 'runs/gradients')
			.addHelpText('after', '\nExample:\n  andon gradients --depth 50 --activation sigmoid --batch-norm'),
	).action((flags: Flags) => perform(flags, () => run(flags), describe));
}

async function run(flags: Flags): Promise<Result> {
	const { DEMONSTRATIONS, demonstrationCase } = await import('../training/gradient-health/demonstration-cases.ts');
	const { demonstrate } = await import('../training/gradient-health/demonstrate.ts');
	const { drawChart } = await import('../training/gradient-health/draw-demonstration.ts');
	const sketches: readonly DemonstrationSketch[] = ownSketch(flags) ?? DEMONSTRATIONS[flags.show];
	const progress = createProgress();
	const cases: Demonstration[] = [];
	try {
		for (const sketch of sketches) {
			progress.update(cases.length, sketches.length, sketch.name);
			cases.push(await demonstrate(demonstrationCase({ ...sketch, layers: flags.depth }), flags));
		}
	} finally {
		progress.stop();
	}
	return { cases, chart: await drawChart(cases, join(flags.out, 'gradients')) };
}

/** One case from the flags; undefined when none of them was given. */
function ownSketch(flags: Flags): DemonstrationSketch[] | undefined {
	const { activation, initializer, residual, batchNorm, optimizer, rate, clipNorm, clipValue } = flags;
	const given = Object.entries({ activation, initializer, residual, batchNorm, optimizer, rate, clipNorm, clipValue });
	const said = given.filter(([, value]) => value !== undefined);
	return said.length > 0 ? [{ name: 'yours', ...Object.fromEntries(said) }] : undefined;
}

function describe({ cases, chart }: Result): string {
	const rows = cases.map(({ settings, ratio, loss, steps, learns, warnings }) => [
		settings.name,
		Number.isFinite(ratio) ? ratio.toExponential(1) : '–',
		`${short(loss.first)} → ${loss.last === null ? `no number at step ${steps}` : short(loss.last)}`,
		learns ? 'yes' : 'no',
		warnings.map(({ kind, step }) => `${kind} (step ${step})`).join(', ') || '–',
	]);
	const said = cases.flatMap(({ settings, warnings }) => warnings.map(({ message }) => `${settings.name}: ${message}`));
	return [
		columns(['network', 'first / last gradient', 'loss', 'learns', 'warnings'], rows),
		...said,
		`chart: ${chart.png}`,
	].join('\n\n');
}

function short(value: number | null): string {
	return value === null ? '–' : value >= 1e4 ? value.toExponential(1) : value.toFixed(3);
}
