/** Whether every frame that a GigE Vision camera numbers is either a part, or a part that is said to be missed. */
import { monotonicMs } from '../../base/clock.ts';
import { percentilesOf } from '../bench-station/percentiles.ts';
import type { GigeCamera } from './gige-camera.ts';
import type { GigeCase } from './gige-case.ts';
import { WatchedCamera } from './watched-camera.ts';

/** The counter of GigE Vision 1 goes from here to 1. */
const LAST_ID = 65_535;

export async function countFrames(
	device: GigeCamera,
	{ frames, fps }: { readonly frames: number; readonly fps: number },
): Promise<GigeCase[]> {
	const camera = new WatchedCamera({
		device: device.address,
		fps,
		packetSize: 1400,
		streamBuffers: 16,
		frameBuffers: 32,
	});
	await camera.start();
	await camera.since(0, () => camera.seen > 0);
	const begin = monotonicMs();
	const before = camera.seen;
	await camera.since(0, () => camera.seen + camera.missed >= frames);
	const rate = (1000 * (camera.seen - before)) / (monotonicMs() - begin);
	await camera.stop();
	const { ids, seen, missed, reasons, latencies } = camera;
	const numbered = ids.slice(1).reduce((sum, id, i) => sum + steps(ids[i], id), 1);
	return [
		{
			name: `${seen + missed} frames of 512 × 512 at ${rate.toFixed(0)} a second`,
			metric: 'frames that were neither seen nor reported as missed',
			ours: Math.max(0, numbered - seen - missed),
			peer: null,
			ratio: null,
			beside: 'the numbers that the camera gave its frames',
			bound: 0,
			counts: { seen, missed, ...Object.fromEntries(reasons) },
		},
		{
			name: 'from the exposure to pixels in hand',
			metric: 'ms, p50',
			ours: percentilesOf(latencies).p50,
			peer: null,
			ratio: null,
			beside: 'the clock of the camera',
			spread: percentilesOf(latencies),
		},
	];
}

function steps(from: number, to: number): number {
	return to > from ? to - from : LAST_ID - from + to;
}
