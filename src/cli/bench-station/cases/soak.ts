/** A station at full rate for a long time: whether its memory grows, and whether a part is ever late. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase } from '../../../pipeline/bench-case.ts';
import type { BenchBundle } from '../bench-bundle.ts';
import { Daemon, type Sample } from '../daemon.ts';
import { slopeOf } from '../percentiles.ts';
import { stationConfig } from '../station-under-test.ts';
import { type CaseContext, stated, within } from './case.ts';

/** Looks at its memory in all, and the share of the time at the beginning that says nothing of growth. */
const LOOKS = 120;
const SETTLING = 0.25;
const LEAST_PAUSE_MS = 1000;
/** Of growth that is none: 1 % of what a station needs, in an hour. */
const BOUND = 3;

export async function soak(bundle: BenchBundle, context: CaseContext): Promise<BenchCase[]> {
	const { broker, folder, threads, soak: minutes = 1, progress } = context;
	const daemon = await Daemon.start(stationConfig(bundle, folder, { threads, broker: broker.url }), folder);
	const pause = Math.max(LEAST_PAUSE_MS, (60_000 * minutes) / LOOKS);
	const looks: { x: number; y: number }[] = [];
	try {
		let samples = await daemon.metrics();
		const startedAt = performance.now();
		while (performance.now() - startedAt < 60_000 * minutes) {
			await sleep(pause);
			samples = await daemon.metrics();
			const hours = (performance.now() - startedAt) / 3_600_000;
			looks.push({ x: hours, y: sum(samples, 'andon_process_resident_memory_bytes') / 2 ** 20 });
			progress.update(Math.round(hours * 3600), minutes * 60, `seconds; ${Math.round(looks.at(-1)!.y)} MiB`);
		}
		const settled = looks.slice(Math.floor(looks.length * SETTLING));
		const name = `${minutes} minutes at full rate, ${bundle.name}`;
		return [
			within(name, 'MiB an hour that memory grows by, all processes', slopeOf(settled), BOUND),
			stated(name, 'MiB, all processes', settled.at(-1)!.y),
			within(name, 'parts late or missed', sum(samples, 'andon_parts_not_inspected_total'), 0),
			within(name, 'inspectors that died or were replaced', restarts(samples), 0),
			stated(name, 'parts', sum(samples, 'andon_parts_total')),
		];
	} finally {
		await daemon.stop();
	}
}

function restarts(samples: readonly Sample[]): number {
	return sum(samples, 'andon_inspector_restarts_total') + sum(samples, 'andon_inspector_recycles_total');
}

function sum(samples: readonly Sample[], name: string): number {
	return samples.filter((sample) => sample.name === name).reduce((total, { value }) => total + value, 0);
}
