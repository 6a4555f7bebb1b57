/** `andon bench drift`: false alarms of the drift watch at its stated rate, and parts until it notices a change. */
import { Command } from 'commander';
import type { DriftBenchCase } from '../pipeline/bench-drift/bench-drift.ts';
import { perform, withJson } from './action.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';

interface Flags {
	readonly parts: number;
	readonly runs: number;
	readonly seeds: number;
	readonly held: number;
	readonly frames: number;
	readonly size: number;
	readonly rate: number;
	readonly json?: boolean;
}

export function benchDriftCommand(): Command {
	return withJson(new Command('drift'))
		.description('false alarms of the drift watch at its stated rate, and parts until it notices a change')
		.argument('[dataset...]', 'with train, val and test splits, besides the simulated line')
		.option('--parts <n>', 'parts of a run in which nothing changes', numberOption, 100_000)
		.option('--runs <n>', 'such runs, each with a reference of its own', numberOption, 5)
		.option('--seeds <n>', 'runs for each change', numberOption, 20)
		.option('--held <n>', 'parts of a reference', numberOption, 500)
		.option('--frames <n>', 'different frames that parts are drawn from', numberOption, 1500)
		.option('--size <pixels>', 'side of the frames', numberOption, 128)
		.option('--rate <n>', 'at most one false alarm in so many parts', numberOption, 100_000)
		.addHelpText('after', '\nExample:\n  npm run bench -- drift ./tiles --seeds 10 --json')
		.action((sources: string[], flags: Flags) => perform(flags, () => run(sources, flags), describe));
}

async function run(sources: readonly string[], flags: Flags): Promise<{ cases: DriftBenchCase[] }> {
	const { benchDrift } = await import('../pipeline/bench-drift/bench-drift.ts');
	const { measureDataset, measureSimulatedLine } = await import('../pipeline/bench-drift/measured-line.ts');
	const { parts, runs, seeds, held, frames, size, rate } = flags;
	const progress = createProgress();
	try {
		const taking = (name: string) => ({
			frames,
			size,
			onFrame: (done: number, total: number) => progress.update(done, total, `frames of ${name}`),
		});
		const lines = [measureSimulatedLine(taking('the simulated line'))];
		for (const source of sources) lines.push(await measureDataset(source, taking(source)));
		const options = { parts, runs, seeds, held, falseAlarmParts: rate, onRun: progress.note };
		return { cases: lines.flatMap((line) => benchDrift(line, options)) };
	} finally {
		progress.stop();
	}
}

function describe({ cases }: { cases: readonly DriftBenchCase[] }): string {
	const shown = (value: number | null) => (value === null ? 'never' : Number(value.toPrecision(4)));
	return cases
		.map(({ name, metric, ours, peer, beside, spread, runs, bound, told }) => {
			const promised = bound === undefined ? '' : ` (promised: at most ${shown(bound)})`;
			const first = told && Object.entries(told).map(([what, times]) => `${what} ${times}`);
			return (
				`${name}: ${shown(ours)} ${metric}${promised}; ${shown(spread.low)} … ${shown(spread.high)} in ${runs} runs; ` +
				`${beside} ${shown(peer)}${first ? `; told by ${first.join(', ') || 'none'}` : ''}`
			);
		})
		.join('\n');
}
