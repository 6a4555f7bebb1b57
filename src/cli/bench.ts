/** `andon bench`: figures beside a peer, in one run, as ratios. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { messageOf } from '../base/errors.ts';
import { perform, withJson } from './action.ts';
import { numberOption } from './number-option.ts';

interface Case {
	readonly name: string;
	readonly metric: string;
	readonly ours: number;
	/** Null when the peer is missing; `missing` says why. */
	readonly peer: number | null;
	/** Above 1 = better than the peer. */
	readonly ratio: number | null;
	readonly missing?: string;
}

interface Flags {
	readonly json?: boolean;
	readonly peers?: string;
	readonly python: string;
	readonly rounds: number;
	readonly profile?: string;
}

export function benchCommand(): Command {
	const bench = new Command('bench').description('figures beside a peer, in one run, as ratios (above 1 = better)');
	bench.addCommand(
		withJson(
			new Command('training')
				.description('one training step of a U-Net, beside PyTorch')
				.argument('[batch@size:base...]', 'cases', ['4@256:16'])
				.option('--peers <dir>', 'folder with train_step_torch.py')
				.option('--python <path>', 'Python with torch', 'python3')
				.option('--rounds <n>', 'times that ours and the peer take turns', numberOption, 3)
				.option('--profile <prefix>', 'also write an ONNX Runtime profile')
				.addHelpText(
					'after',
					'\nExample:\n  npm run bench -- training 4@256:16 8@128:32 --peers ./bench --python ./venv/bin/python',
				),
		).action((cases: string[], flags: Flags) => perform(flags, () => training(cases, flags), describe)),
	);
	return bench;
}

async function training(names: readonly string[], flags: Flags): Promise<{ cases: Case[] }> {
	const { benchStep } = await import('../training/bench-step.ts');
	const threads = availableParallelism();
	const cases: Case[] = [];
	for (const name of names) {
		const [batch, size, base] = name.split(/[@:]/).map(Number);
		const ours: number[] = [];
		const peer: number[] = [];
		let missing: string | undefined;
		for (let round = 0; round < flags.rounds && !missing; round++) {
			ours.push(await benchStep({ batch, size, base, threads, profilePrefix: flags.profile }));
			const result = await torchStep(flags, [batch, size, base]);
			if (typeof result === 'number') peer.push(result);
			else missing = result.missing;
		}
		cases.push(compare(name, ours, peer, missing));
	}
	return { cases };
}

async function torchStep(flags: Flags, sizes: readonly number[]): Promise<number | { missing: string }> {
	if (!flags.peers) return { missing: 'no --peers given' };
	const script = join(flags.peers, 'train_step_torch.py');
	try {
		const { stdout } = await promisify(execFile)(flags.python, [script, ...sizes.map(String), 'channels_last']);
		const match = /median (\d+) ms/.exec(stdout);
		return match ? Number(match[1]) : { missing: `${script} printed no median: ${stdout.trim()}` };
	} catch (error) {
		return { missing: messageOf(error).split('\n')[0] };
	}
}

function compare(name: string, ours: readonly number[], peer: readonly number[], missing?: string): Case {
	const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];
	const common = { name: `training step ${name}`, metric: 'ms per step', ours: median(ours) };
	if (peer.length === 0) return { ...common, peer: null, ratio: null, missing };
	return { ...common, peer: median(peer), ratio: median(peer) / median(ours) };
}

function describe({ cases }: { cases: readonly Case[] }): string {
	return cases
		.map(({ name, metric, ours, peer, ratio, missing }) =>
			peer === null
				? `${name}: ${ours.toFixed(0)} ${metric}; peer missing: ${missing}`
				: `${name}: ${ours.toFixed(0)} ${metric}, peer ${peer.toFixed(0)}: ratio ${ratio!.toFixed(2)}`,
		)
		.join('\n');
}
