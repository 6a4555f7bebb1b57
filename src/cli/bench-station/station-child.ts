/** One station in a process of its own, as `andon run` runs it, watched from inside; asked in lines of JSON. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Delay, EventLoopDelay } from '../../base/event-loop-delay.ts';
import { createLogger } from '../../base/log.ts';
import { parseWith } from '../../base/parse.ts';
import { stationSchema } from '../../station/config.ts';
import type { Inspection } from '../../station/inspection.ts';
import { processUsage } from '../../station/metrics/process-usage.ts';
import { Station } from '../../station/station.ts';
import { medianOf, percentilesOf } from './percentiles.ts';
import type { Slice, StationFigures } from './station-under-test.ts';

/** Long enough for what was decided to become durable and to arrive. */
const SETTLE_MS = 80;
const BENCH = { who: 'bench', source: 'cli' } as const;

const config = parseWith(stationSchema, JSON.parse(process.argv[2]), 'the station of the bench');
const station = new Station(config, createLogger('bench', 'warn'));
/** Of each slice that counted. */
const delays: Delay[] = [];
/** Of the slice in progress; a station that goes on without one must not keep them. */
let parts: Inspection[] | undefined;
const spans: Record<'beyond' | 'infer' | 'latency' | 'durable', number[]> = {
	beyond: [],
	infer: [],
	latency: [],
	durable: [],
};
const reasons: Record<string, number> = {};
let isCounting = false;

station.events.on('inspection', (inspection) => {
	const now = performance.timeOrigin + performance.now();
	parts?.push(inspection);
	if (isCounting) take(inspection, now);
});

await station.start();
await station.command('pause', {}, BENCH);
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
	const { slice, count = true, figures, command, payload } = JSON.parse(line);
	if (slice !== undefined) say(await inspectFor(slice, count));
	else if (command) say(await station.command(command, payload, BENCH));
	else if (figures) say(await figuresNow());
	else break;
}
await station.stop();
process.exit(0);

function say(answer: object): void {
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Parts begin to count with the second one: the first follows a pause. */
async function inspectFor(ms: number, count: boolean): Promise<Slice> {
	const inspected: Inspection[] = [];
	parts = inspected;
	await station.command('resume', {}, BENCH);
	const delay = new EventLoopDelay();
	delay.start();
	isCounting = count;
	await sleep(ms);
	if (count) delays.push(delay.take());
	delay.stop();
	await station.command('pause', {}, BENCH);
	await sleep(SETTLE_MS);
	isCounting = false;
	parts = undefined;
	return sliceOf(inspected);
}

/** Every camera by itself, since each has its own first part. */
function sliceOf(inspections: readonly Inspection[]): Slice {
	const cameras = Map.groupBy(inspections, ({ camera }) => camera);
	let perSecond = 0;
	for (const of of cameras.values()) {
		const ends = of.map(({ times }) => Date.parse(times.end));
		perSecond += (1000 * (ends.length - 1)) / (ends.at(-1)! - ends[0]);
	}
	return { parts: inspections.length, perSecond };
}

function take({ verdict, reason, times }: Inspection, now: number): void {
	if (verdict === 'not-inspected') {
		reasons[reason ?? ''] = (reasons[reason ?? ''] ?? 0) + 1;
		return;
	}
	const { acquisitionMs, processingMs, inferenceMs, latencyMs } = times;
	spans.beyond.push(acquisitionMs + processingMs - inferenceMs);
	spans.infer.push(inferenceMs);
	spans.latency.push(latencyMs);
	spans.durable.push(now - Date.parse(times.end));
}

async function figuresNow(): Promise<StationFigures> {
	const { cameras, counters } = station.state();
	const inspectors = await Promise.all(cameras.map(async ({ pid }) => (pid ? processUsage(pid) : undefined)));
	const own = await processUsage(process.pid);
	const mebibytes = (bytes: number | undefined) => (bytes ?? 0) / 2 ** 20;
	return {
		parts: spans.beyond.length,
		reasons,
		beyondMs: percentilesOf(spans.beyond),
		inferMs: percentilesOf(spans.infer),
		latencyMs: percentilesOf(spans.latency),
		durableMs: percentilesOf(spans.durable),
		loopDelayMs: {
			p50: medianOf(delays.map(({ p50 }) => p50)),
			p99: medianOf(delays.map(({ p99 }) => p99)),
			max: Math.max(...delays.map(({ max }) => max)),
		},
		supervisorMebibytes: mebibytes(own?.residentBytes),
		inspectorMebibytes: inspectors.map((usage) => mebibytes(usage?.residentBytes)),
		notInspected: counters.notInspected,
		restarts: cameras.reduce((sum, { restarts, recycled }) => sum + restarts + recycled, 0),
	};
}
