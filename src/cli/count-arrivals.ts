/** Counts what really arrives over MQTT, from outside the station: the demo's proof that everything was published. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { z } from 'zod';

export interface Arrivals {
	/** Different parts that arrived. */
	readonly count: number;
	/** Waits until so many have arrived, but no longer than `patienceMs`. */
	wait(parts: number, patienceMs: number): Promise<void>;
	close(): Promise<void>;
}

const partSchema = z.object({ resultId: z.string() });

/** @param topic of a station's inspections, on a broker of MQTT 3.1.1 */
export async function countArrivals(url: string, topic: string): Promise<Arrivals> {
	// No retries: with them, a connection that ends before it is up would be waited for without end.
	const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 }, false);
	const ids = new Set<string>();
	client.on('message', (_topic, payload) => {
		const { data } = partSchema.safeParse(JSON.parse(payload.toString()));
		if (data) ids.add(data.resultId);
	});
	await client.subscribeAsync(topic, { qos: 1 });
	return {
		get count() {
			return ids.size;
		},
		async wait(parts, patienceMs) {
			const until = performance.now() + patienceMs;
			while (ids.size < parts && performance.now() < until) await sleep(10);
		},
		close: () => client.endAsync(true),
	};
}
