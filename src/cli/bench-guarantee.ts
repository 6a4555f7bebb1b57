/** `andon bench guarantee`: whether promised recalls are kept, by simulation, and what best F1 does on the same draws. */
import { Command } from 'commander';
import type { GuaranteeCase } from '../pipeline/bench-guarantee/bench-guarantee.ts';
import { perform, withJson } from './action.ts';
import { columns } from './columns.ts';
import { trim } from './describe-point.ts';
import { numberOption } from './number-option.ts';
import { createProgress } from './progress.ts';

interface Flags {
	readonly runs: number;
	readonly seed: number;
	readonly json?: boolean;
}

export function benchGuaranteeCommand(): Command {
	return withJson(
		new Command('guarantee')
			.description('how often promised recalls are broken in simulated calibrations, beside best F1')
			.option('--runs <n>', 'simulated calibrations a case', numberOption, 10_000)
			.option('--seed <n>', 'of the random numbers', numberOption, 1)
			.addHelpText('after', '\nExample:\n  andon bench guarantee --json\n  andon bench guarantee --runs 1000 --seed 7'),
	).action((flags: Flags) => perform(flags, () => run(flags), describe));
}

async function run({ runs, seed }: Flags) {
	const { benchGuarantee } = await import('../pipeline/bench-guarantee/bench-guarantee.ts');
	const progress = createProgress();
	try {
		const cases = benchGuarantee({ runs, seed, onProgress: (...step) => progress.update(...step) });
		const holds = cases.every((one) => one.holds || !one.promised);
		// A broken promise must not look like success to a script.
		if (!holds) process.exitCode = 1;
		return { cases, holds };
	} finally {
		progress.stop();
	}
}

function describe({ cases, holds }: { readonly cases: readonly GuaranteeCase[]; readonly holds: boolean }): string {
	const promised = cases.filter((one) => one.promised);
	const others = cases.filter((one) => !one.promised);
	const broken = others.filter((one) => !one.holds).length;
	return [
		columns(['method', 'r', 'delta', 'n', 'broken in', 'allowed', '', 'worst scores'], worst(cases).map(rowOf)),
		'',
		`${cases[0].runs} runs a case: ${holds ? `all ${promised.length} promises hold` : 'a promise is BROKEN'}; ` +
			`of the ${others.length} cases that nobody promises ${broken} break`,
	].join('\n');
}

/** Of each method and setting the distribution that broke it most often. */
function worst(cases: readonly GuaranteeCase[]): GuaranteeCase[] {
	const groups = Map.groupBy(cases, ({ method, r, delta, n }) => [method, r, delta, n].join());
	return [...groups.values()]
		.map((group) => group.reduce((most, one) => (one.violations > most.violations ? one : most)))
		.sort((a, b) => (a.method < b.method ? -1 : a.method > b.method ? 1 : 0));
}

function rowOf({ method, r, delta, n, violations, tolerance, holds, promised, distribution }: GuaranteeCase): string[] {
	const shares = [violations, tolerance].map((share) => `${trim(100 * share, 3)} %`);
	return [
		method,
		...[r, delta, n].map(String),
		...shares,
		holds ? 'holds' : promised ? 'BROKEN' : 'breaks',
		distribution,
	];
}
