/** What follows from a golden run: it is kept, a failure is alerted, and by policy holds or pauses the line. */
import { BY_ITSELF, type GoldenHost } from './golden-host.ts';
import type { GoldenLedger } from './golden-ledger.ts';
import type { GoldenRun } from './golden-run.ts';

type Host = Pick<GoldenHost, 'store' | 'log' | 'options' | 'pause'>;

/** @param complete every golden part was in it: less than that releases no hold */
export async function concludeRun(
	run: GoldenRun,
	complete: boolean,
	ledger: GoldenLedger,
	{ store, log, options, pause }: Host,
): Promise<void> {
	await ledger.add(run, complete);
	log[run.passed ? 'info' : 'error']({ run: run.id, why: run.why }, `golden run ${run.passed ? 'passed' : 'failed'}`);
	if (run.passed) {
		if (complete && ledger.isReleasedBy(run))
			await ledger.setHold(undefined, { ...BY_ITSELF, reason: `golden run ${run.id} passed` });
		return;
	}
	await store.enqueue({ topic: 'alert', payload: alertOf(run) });
	if (options.onFailure === 'hold') await hold(run, ledger);
	if (options.onFailure === 'pause') await pause({ ...BY_ITSELF, reason: reasonOf(run) });
}

/** A hold that stands keeps its beginning, and is released only by what would have released it before. */
async function hold(run: GoldenRun, ledger: GoldenLedger): Promise<void> {
	const before = ledger.hold;
	const cameras = [...(before?.cameras ?? []), ...run.cameras.map(({ camera }) => camera)];
	const next = {
		since: before?.since ?? run.end,
		why: reasonOf(run),
		mode: before?.mode === 'presented' ? before.mode : run.mode,
		cameras: [...new Set(cameras)],
	};
	await ledger.setHold(next, { ...BY_ITSELF, reason: next.why });
}

function alertOf({ id, station, end, mode, trigger, why, hints }: GoldenRun): object {
	return { kind: 'golden', station, at: end, run: id, mode, trigger, message: why.join('; '), hints };
}

function reasonOf({ mode, why }: GoldenRun): string {
	return `the golden run with ${mode} parts failed: ${why.join('; ')}`.slice(0, 500);
}
