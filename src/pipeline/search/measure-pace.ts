/** How long steps and evaluations take on this machine, measured on the settings as they are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FitProgress } from '../../training/fit.ts';
import { fitNetwork } from '../fit-network.ts';
import type { Splits, TrainRequest } from '../train-request.ts';
import type { Pace } from './plan-search.ts';

const STEPS = 8;

/** Trains a few steps, whose result is thrown away. */
export async function measurePace(request: TrainRequest, splits: Splits): Promise<Pace> {
	const runDir = await mkdtemp(join(tmpdir(), 'andon-pace-'));
	const times: number[] = [];
	const started = performance.now();
	try {
		await fitNetwork(
			{
				...request,
				options: { ...request.options, steps: STEPS, evaluations: 1, patience: 0 },
				runDir,
				resume: false,
				onProgress: (_: FitProgress) => times.push(performance.now()),
				onWarning: undefined,
			},
			splits,
		);
	} finally {
		await rm(runDir, { recursive: true, force: true });
	}
	const total = (performance.now() - started) / 1000;
	// The first step also warms up.
	const step = (times.at(-1)! - times[1]) / (times.length - 2) / 1000;
	// A trial scores `val` once more at the end, and again at the best cut.
	const evaluation = (performance.now() - times.at(-1)!) / 1000;
	return { step, run: Math.max(0, total - STEPS * step) + 2 * evaluation };
}
