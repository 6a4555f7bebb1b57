/** One station in a process of its own, as `andon run` runs it, watched from inside for so many seconds. */
import { EventLoopDelay } from '../../base/event-loop-delay.ts';
import { createLogger } from '../../base/log.ts';
import { parseWith } from '../../base/parse.ts';
import { stationSchema } from '../../station/config.ts';
import type { Inspection } from '../../station/inspection.ts';
import { processUsage } from '../../station/metrics/process-usage.ts';
import { Station } from '../../station/station.ts';
import { percentilesOf } from './percentiles.ts';
import type { StationRun, StationRunRequest } from './run-station.ts';

const { config, seconds, warmUp, sampleMs }: StationRunRequest = JSON.parse(process.argv[2]);
const station = new Station(
	parseWith(stationSchema, config, 'the station of the bench'),
	createLogger('bench', 'warn'),
);
const delay = new EventLoopDelay();
const parts: { readonly beyond: number; readonly infer: number; readonly latency: number; readonly durable: number }[] =
	[];
const reasons: Record<string, number> = {};
let decided = 0;
let lost = 0;
let begunAt = 0;
let endedAt = 0;
const done = Promise.withResolvers<void>();

station.events.on('inspection', (inspection) => {
	const now = performance.timeOrigin + performance.now();
	if (++decided <= warmUp) return;
	if (begunAt === 0) begin(now);
	else if (now < begunAt + 1000 * seconds) take(inspection, now);
	else done.resolve();
});
await station.start();
await done.promise;
process.stdout.write(JSON.stringify(await figures()));
await station.stop();

function begin(now: number): void {
	begunAt = now;
	delay.start();
	delay.take();
}

function take({ verdict, reason, times }: Inspection, now: number): void {
	endedAt = now;
	if (verdict === 'not-inspected') {
		lost++;
		reasons[reason ?? ''] = (reasons[reason ?? ''] ?? 0) + 1;
		return;
	}
	const { acquisitionMs, processingMs, inferenceMs, latencyMs } = times;
	parts.push({
		beyond: acquisitionMs + processingMs - inferenceMs,
		infer: inferenceMs,
		latency: latencyMs,
		durable: now - Date.parse(times.end),
	});
}

async function figures(): Promise<StationRun> {
	const { cameras, counters } = station.state();
	const inspectors = await Promise.all(cameras.map(async ({ pid }) => (pid ? processUsage(pid) : undefined)));
	const own = await processUsage(process.pid);
	const mebibytes = (bytes: number | undefined) => (bytes ?? 0) / 2 ** 20;
	return {
		parts: parts.length,
		lost,
		reasons,
		seconds: (endedAt - begunAt) / 1000,
		perSecond: ((parts.length + lost) * 1000) / (endedAt - begunAt),
		published: counters.published,
		beyondMs: percentilesOf(parts.map(({ beyond }) => beyond)),
		inferMs: percentilesOf(parts.map(({ infer }) => infer)),
		latencyMs: percentilesOf(parts.map(({ latency }) => latency)),
		durableMs: percentilesOf(parts.map(({ durable }) => durable)),
		loopDelayMs: delay.take(),
		supervisorMebibytes: mebibytes(own?.residentBytes),
		inspectorMebibytes: inspectors.map((usage) => mebibytes(usage?.residentBytes)),
		memory: [],
		sampleMs,
	};
}
