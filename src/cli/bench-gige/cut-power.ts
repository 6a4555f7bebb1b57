/** How soon it is noticed that a GigE Vision camera has lost its power, and how soon there are frames when it has it again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../base/clock.ts';
import { Random } from '../../base/random.ts';
import { openDevice } from '../../station/cameras/genicam/open-device.ts';
import { percentilesOf } from '../bench-station/percentiles.ts';
import type { GigeCamera } from './gige-camera.ts';
import type { GigeCase } from './gige-case.ts';
import { WatchedCamera } from './watched-camera.ts';

/** Promised, ms. */
const NOTICED_MS = 2000;
const FRAMES_AGAIN_MS = 5000;
/** It stays without power for up to so long: some times it is back before anybody has noticed. */
const LONGEST_MS = 4000;

/** @param onCycle after each time */
export async function cutPower(
	device: GigeCamera,
	cycles: number,
	onCycle: (done: number) => void,
): Promise<GigeCase[]> {
	const random = new Random(7);
	const camera = new WatchedCamera({ device: device.address });
	await camera.start();
	await camera.since(0, () => camera.seen > 20);
	const memory = process.memoryUsage.rss();
	const noticed: number[] = [];
	const again: number[] = [];
	for (let i = 0; i < cycles; i++) {
		const cut = monotonicMs();
		await device.unplug();
		const noticing = camera.since(cut, () => camera.fault !== undefined);
		await sleep(random.uniform() * LONGEST_MS);
		const powered = monotonicMs();
		await device.plug();
		noticed.push(await noticing);
		const seen = camera.seen;
		again.push(await camera.since(powered, () => camera.fault === undefined && camera.seen > seen));
		// What was left of the one that was lost goes on by itself for seconds.
		await sleep(500);
		onCycle(i + 1);
	}
	await camera.stop();
	const own = await noticedByLibrary(device);
	const counts = { times: cycles, missed: camera.missed, 'more MB': (process.memoryUsage.rss() - memory) / 1e6 };
	return [
		bounded('the loss is noticed', noticed, NOTICED_MS, own),
		{ ...bounded('frames again', again, FRAMES_AGAIN_MS, null), counts },
	];
}

function bounded(name: string, values: readonly number[], bound: number, peer: number | null): GigeCase {
	const spread = percentilesOf(values);
	const beside = peer === null ? 'the promise' : "libaravis' own watch";
	return { name, metric: 'ms, p50', ours: spread.p50, peer, ratio: peer && peer / spread.p50, beside, bound, spread };
}

/** How long libaravis itself takes to see that the camera is gone, ms. */
async function noticedByLibrary(device: GigeCamera): Promise<number> {
	const open = await openDevice({ device: device.address, interface: 'GigEVision' });
	await sleep(500);
	const cut = monotonicMs();
	await device.unplug();
	while (open.aravis.isController(open.device)) await sleep(10);
	const took = monotonicMs() - cut;
	await open.quiesce();
	await open.free();
	await device.plug();
	return took;
}
