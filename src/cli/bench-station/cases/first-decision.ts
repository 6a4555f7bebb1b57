/** How soon after its start a station decides: from the command to the time in the first inspection that is published. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { z } from 'zod';
import type { BenchCase } from '../../../pipeline/bench-case.ts';
import type { BenchBundle } from '../bench-bundle.ts';
import { Daemon } from '../daemon.ts';
import { medianOf } from '../percentiles.ts';
import { stationConfig } from '../station-under-test.ts';
import { type CaseContext, within } from './case.ts';

const STARTS = 5;
const inspectionSchema = z.object({ times: z.object({ end: z.string() }) });

export async function firstDecision(bundle: BenchBundle, context: CaseContext): Promise<BenchCase[]> {
	const taken: number[] = [];
	for (let start = 0; start < STARTS; start++) {
		taken.push(await timeStart(bundle, context));
		context.progress.update(start + 1, STARTS, 'starts');
	}
	return [within(bundle.name, 'ms from the start of `andon run` to its first decision', medianOf(taken), 1500)];
}

async function timeStart(bundle: BenchBundle, { broker, folder, threads }: CaseContext): Promise<number> {
	const client = await connectAsync(broker.url, { protocolVersion: 4, reconnectPeriod: 0 }, false);
	await client.subscribeAsync('andon/bench/inspection', { qos: 1 });
	const first = Promise.withResolvers<string>();
	client.on('message', (_topic, payload) =>
		first.resolve(inspectionSchema.parse(JSON.parse(payload.toString())).times.end),
	);
	const place = await mkdtemp(join(folder, 'start-'));
	const config = stationConfig(bundle, place, { threads, broker: broker.url, pictures: 1 });
	const startedAt = Date.now();
	const daemon = await Daemon.start(config, place);
	try {
		return Date.parse(await first.promise) - startedAt;
	} finally {
		await daemon.stop();
		await client.endAsync(true);
	}
}
