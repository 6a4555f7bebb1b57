/** `andon cascade`: a cheap model in front of the inspector, which spares it the parts that are surely sound. */
import { Command, Option } from 'commander';
import type { Rate } from '../metrics/operating-point.ts';
import type { CascadeReport, SplitSaving } from '../pipeline/cascade/describe-cascade.ts';
import { perform, withJson } from './action.ts';
import { describePoint, perThousand, trim } from './describe-point.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';
import { table } from './table.ts';

interface AddFlags {
	readonly gate?: string;
	readonly keep: number;
	readonly val?: string;
	readonly threshold?: number;
	readonly steps: number;
	readonly seed?: number;
	readonly threads: number;
	readonly json?: boolean;
}

export function cascadeCommand(): Command {
	return new Command('cascade')
		.description('a cheap gate in front of a bundle’s inspector: add, show or remove')
		.addCommand(addCommand())
		.addCommand(showCommand())
		.addCommand(removeCommand());
}

function addCommand(): Command {
	return withJson(new Command('add').argument('<bundle>', 'folder of the bundle, which is written anew'))
		.argument('<dataset>', 'the dataset that it was trained or tuned on')
		.description('choose the gate’s threshold on val and certify the operating point again, or refuse')
		.option('--gate <bundle|model.onnx>', 'a trained classifier; a small one is trained if absent')
		.addOption(
			new Option('--keep <share>', 'of the flagged defective images of val, so many must pass the gate')
				.argParser(numberOption)
				.default(0.999),
		)
		.option('--val <dataset>', 'whose val split chooses, where the dataset has none apart from the certifying parts')
		.option('--threshold <g>', 'of the gate, set by a person who did not look at the certifying parts', numberOption)
		.addOption(new Option('--steps <n>', 'of training the gate').argParser(numberOption).default(1500))
		.option('--seed <n>', 'of that training', numberOption)
		.addOption(new Option('--threads <n>', 'threads of ONNX Runtime').argParser(numberOption).default(1))
		.addHelpText(
			'after',
			'\nExamples:\n  andon cascade add bundles/tiles ./tiles --gate bundles/tiles-gate\n  andon cascade add bundles/tiles ./tiles --steps 2000',
		)
		.action((dir: string, source: string, flags: AddFlags) => perform(flags, () => add(dir, source, flags), format));
}

function showCommand(): Command {
	return withJson(new Command('show').argument('<bundle>', 'folder of the bundle'))
		.description('what the gate of a bundle spares, and where it may run')
		.action((dir: string, flags) => perform(flags, () => show(dir), format));
}

function removeCommand(): Command {
	return withJson(new Command('remove').argument('<bundle>', 'folder of the bundle, which is written anew'))
		.description('take the gate out of a bundle: scores and references are those of the inspector alone again')
		.action((dir: string, flags) =>
			perform(
				flags,
				() => remove(dir),
				({ dir: at }) => `${at} has no gate any more`,
			),
		);
}

async function add(dir: string, source: string, { gate: given, val, steps, seed, threads, keep, threshold }: AddFlags) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { openDataset } = await import('../training/datasets/index.ts');
	const { seedOf } = await import('../pipeline/fine-tune-bundle.ts');
	const { addCascade } = await import('../pipeline/cascade/add-cascade.ts');
	const { prepareGate } = await import('../pipeline/cascade/prepare-gate.ts');
	const { trainGate } = await import('../pipeline/cascade/train-gate.ts');
	const { describeCascade } = await import('../pipeline/cascade/describe-cascade.ts');
	const bundle = await openBundle(dir);
	const { input } = bundle.manifest;
	const splits = { seed: seed ?? seedOf(bundle.manifest) };
	const dataset = await openDataset(source, splits);
	const progress = createProgress();
	try {
		const gate = given
			? await prepareGate(given, input)
			: await trainGate(dataset, input, {
					...{ steps, seed: splits.seed, threads },
					onStage: (stage) => progress.note(`the gate: ${stage} …`),
					onProgress: (at) => progress.update(at.step, at.steps, `loss ${at.loss.toFixed(3)}`),
				});
		const data = { dataset, ...(val !== undefined && { val: await openDataset(val, splits) }) };
		return describeCascade(await addCascade(bundle, gate, data, { keep, threshold, threads }));
	} finally {
		progress.stop();
	}
}

async function show(dir: string) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { describeCascade } = await import('../pipeline/cascade/describe-cascade.ts');
	return describeCascade(await openBundle(dir));
}

async function remove(dir: string) {
	const { openBundle } = await import('../bundle/open-bundle.ts');
	const { removeCascade } = await import('../pipeline/cascade/remove-cascade.ts');
	const { dir: at, manifestHash } = await removeCascade(await openBundle(dir));
	return { dir: at, manifestHash };
}

function format({
	dir,
	manifestHash,
	cascade,
	gateBytes,
	whyOff,
	operatingPoint,
	falseRejects,
	splits,
}: CascadeReport) {
	const { gate, threshold, floors, chosenOn, keep, speed } = cascade;
	const floor = floors[operatingPoint.precision as keyof typeof floors] ?? 0;
	return table([
		['bundle', [dir, `sha256 ${manifestHash}`]],
		[
			'gate',
			[
				`${gate.name}${gate.network ? `, ${gate.network}` : ''}, ${gate.precision}, ${(gateBytes / 1024).toFixed(1)} KiB`,
			],
		],
		[
			'passes by',
			[
				`parts whose gate score is below ${trim(threshold)}`,
				`chosen on ${chosenOn.split}: ${chosenOn.kept} of ${chosenOn.parts} flagged defective images pass on (at least ${trim(100 * keep)} % wanted)`,
			],
		],
		[
			'runs',
			[
				whyOff === undefined
					? `at thresholds above ${trim(floor)}, so at the bundle's`
					: `not at the bundle's threshold: ${whyOff}`,
			],
		],
		['threshold', describePoint(operatingPoint)],
		[
			'false rejects',
			[`${rejects(falseRejects.withGate)} with the gate, ${rejects(falseRejects.alone)} without, on the same parts`],
		],
		[
			'speed',
			[`gate ${trim(speed.gateMs, 3)} ms, inspector ${trim(speed.inspectorMs, 3)} ms (${speed.threads} thread)`],
		],
		...splits.map((split) => [split.split, saving(split)] as [string, string[]]),
	]);
}

function rejects(rate: Rate | undefined): string {
	return rate ? perThousand(rate) : 'unknown';
}

function saving({ sound, defective, msPerPart, savedMsPerPart, speedUp }: SplitSaving): string[] {
	const of = ({ gated, n }: SplitSaving['sound']) => `${gated} of ${n}`;
	return [
		`gated: ${of(sound)} sound images, ${of(defective)} defective ones`,
		`a line of sound parts: ${trim(msPerPart, 3)} ms a part, ${trim(savedMsPerPart, 3)} ms saved, ${trim(speedUp, 3)} times as fast` +
			(speedUp > 1 ? '' : ': this gate costs more than it spares'),
	];
}
