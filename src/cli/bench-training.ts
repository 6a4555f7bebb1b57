/** The cases of `andon bench training`: ours and the peer take turns, each in a process of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AndonError, messageOf } from '../base/errors.ts';
import type { BenchCase } from '../pipeline/bench-case.ts';
import type { StepBenchOptions, StepBenchResult } from '../training/bench-step.ts';
import type { Progress } from './progress.ts';
import { type Watched, watchChild } from './watch-child.ts';

export interface TrainingBenchFlags {
	readonly peers?: string;
	readonly python: string;
	readonly rounds: number;
	readonly threads: number;
	readonly profile?: string;
}

/** What a case runs. */
interface Pairing {
	readonly name: string;
	readonly bench: Omit<StepBenchOptions, 'threads'>;
	readonly beside: string;
	readonly peer: () => Promise<Measured>;
}

interface Measured {
	readonly milliseconds: number;
	readonly peakMebibytes: number | undefined;
}

const CHILD = fileURLToPath(new URL('../training/bench-step-child.ts', import.meta.url));
const OWN_PEERS = fileURLToPath(new URL('../../bench/', import.meta.url));

export const TRAINING_CASES = ['4@256:16', '8@128:32', 'mobilenet-v2-unet:8@256', 'tfjs:2@64:8'];

/**
 * Cases are `BATCH@SIZE:BASE` for a U-Net of four levels, `mobilenet-v2-unet:BATCH@SIZE`, and `tfjs:BATCH@SIZE:BASE` for a
 * U-Net beside the TensorFlow.js engine. Each gives two figures: milliseconds per step and peak memory.
 *
 * @throws CONFIG_INVALID when a case is none of these
 */
export async function benchTraining(
	names: readonly string[],
	flags: TrainingBenchFlags,
	progress: Progress,
): Promise<BenchCase[]> {
	const pairings = names.map((name) => pairingOf(name, flags));
	const cases: BenchCase[] = [];
	for (const pairing of pairings) cases.push(...(await takeTurns(pairing, flags, progress)));
	return cases;
}

function pairingOf(name: string, flags: TrainingBenchFlags): Pairing {
	const match = /^(?:(tfjs|mobilenet-v2-unet):)?(\d+)@(\d+)(?::(\d+))?$/.exec(name);
	const [kind, batch, size, base] = [match?.[1], Number(match?.[2]), Number(match?.[3]), Number(match?.[4])];
	if (!match || (kind === 'mobilenet-v2-unet') !== Number.isNaN(base)) throw unknownCase(name);
	const square = { width: size, height: size, channels: 3 };
	const script = (folder: string | undefined, file: string, args: readonly (string | number)[]) => () =>
		torchStep(flags, folder, file, args);
	if (kind === 'mobilenet-v2-unet')
		return {
			name: `${kind} ${batch}@${size}`,
			bench: { network: kind, options: square, batch, engine: 'ort' },
			beside: 'PyTorch',
			peer: script(OWN_PEERS, 'mobilenet_v2_unet_torch.py', [batch, size, `threads=${flags.threads}`]),
		};
	const options = { ...square, base, depth: 4, up: 'transposed', score: 'none' };
	const bench = { network: 'unet', options, batch, engine: 'ort' } as const;
	const label = `${batch}@${size}:${base}`;
	if (kind !== 'tfjs')
		return {
			name: label,
			bench,
			beside: 'PyTorch',
			peer: script(flags.peers, 'train_step_torch.py', [batch, size, base]),
		};
	const peer = () => ourStep({ ...bench, engine: 'tfjs', threads: flags.threads, steps: 4 });
	return { name: `small ${label}`, bench, beside: 'the TensorFlow.js engine', peer };
}

function unknownCase(name: string): AndonError {
	return new AndonError('CONFIG_INVALID', {
		expected: `cases such as ${TRAINING_CASES.join(', ')}`,
		found: name,
		fix: 'Give batch, size and, for a U-Net, the filters of its first level.',
	});
}

async function takeTurns(pairing: Pairing, flags: TrainingBenchFlags, progress: Progress): Promise<BenchCase[]> {
	const { name, bench, beside } = pairing;
	const ours: Measured[] = [];
	const peer: Measured[] = [];
	let missing: string | undefined;
	for (let round = 1; round <= flags.rounds; round++) {
		const profilePrefix = round === 1 && flags.profile ? `${flags.profile}-${name.replaceAll(/\W+/g, '-')}` : undefined;
		ours.push(await ourStep({ ...bench, threads: flags.threads, profilePrefix }));
		if (missing === undefined) {
			try {
				peer.push(await pairing.peer());
			} catch (error) {
				missing = messageOf(error);
			}
		}
		progress.note(`${name}, round ${round} of ${flags.rounds}: ${inWords(ours, peer, missing)}`);
	}
	return [
		compare(`training step ${name}`, 'ms per step', beside, missing, ours, peer, (side) => side.milliseconds),
		compare(`training memory ${name}`, 'MiB at the peak', beside, missing, ours, peer, (side) => side.peakMebibytes),
	];
}

function inWords(ours: readonly Measured[], peer: readonly Measured[], missing: string | undefined): string {
	const latest = `${ours.at(-1)!.milliseconds.toFixed(0)} ms`;
	return missing === undefined ? `${latest}, peer ${peer.at(-1)!.milliseconds.toFixed(0)} ms` : `${latest}, no peer`;
}

async function ourStep(bench: StepBenchOptions): Promise<Measured> {
	const { stdout, peakMebibytes } = await watchChild(process.execPath, [CHILD, JSON.stringify(bench)]);
	const { milliseconds } = JSON.parse(stdout) as StepBenchResult;
	return { milliseconds, peakMebibytes };
}

async function torchStep(
	{ python }: TrainingBenchFlags,
	folder: string | undefined,
	file: string,
	args: readonly (string | number)[],
): Promise<Measured> {
	if (!folder) throw new Error('no --peers given');
	const script = join(folder, file);
	if (!existsSync(script)) throw new Error(`there is no ${script}`);
	const { stdout, peakMebibytes }: Watched = await watchChild(python, [script, ...args.map(String), 'channels_last']);
	const match = /median (\d+) ms/.exec(stdout);
	if (!match) throw new Error(`${script} printed no median: ${stdout.trim()}`);
	return { milliseconds: Number(match[1]), peakMebibytes };
}

function compare(
	name: string,
	metric: string,
	beside: string,
	missing: string | undefined,
	ours: readonly Measured[],
	peer: readonly Measured[],
	figure: (side: Measured) => number | undefined,
): BenchCase {
	const [mine, theirs] = [ours, peer].map((side) => median(side.map(figure)));
	const ratio = mine !== null && theirs !== null ? theirs / mine : null;
	const why = missing ?? (ratio === null ? 'this system does not tell the memory of a process' : undefined);
	return { name, metric, ours: mine, peer: theirs, ratio, beside, ...(why !== undefined && { missing: why }) };
}

function median(values: readonly (number | undefined)[]): number | null {
	const known = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
	return known[known.length >> 1] ?? null;
}
