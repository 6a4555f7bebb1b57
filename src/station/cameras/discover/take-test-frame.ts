/** One frame of a camera to look at, taken as a station would take it, and what can be said of it at a glance. */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../../base/clock.ts';
import { AndonError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/log.ts';
import { parseWith } from '../../../base/parse.ts';
import { type FrameStatistics, frameStatistics } from '../../../imaging/frame-statistics.ts';
import type { Pixels } from '../../../imaging/pixels.ts';
import type { Camera, CameraFault, Shot } from '../camera.ts';
import { CAMERAS, createCamera, type SourceName } from '../index.ts';

export interface TestFrame {
	readonly pixels: Pixels;
	/** Whether any pixel has a colour. */
	readonly coloured: boolean;
	readonly look: Pick<FrameStatistics, 'brightness' | 'shadows' | 'highlights' | 'sharpness'>;
	/** How many frames came in the time that was looked, seconds. */
	readonly frames: number;
	readonly seconds: number;
}

/** Exposure and white balance settle in the first frames. */
const SETTLE_MS = 1000;
const PATIENCE_MS = 20_000;
/** A picture may be dark, blurred or still: that is what it is looked at for. */
const ANY_PICTURE = Object.fromEntries(
	['frozen', 'dark', 'overExposed', 'blurred'].map((kind) => [kind, { action: 'off' }]),
);
/** Cameras of these sources stream, and those that have to be asked. */
const STREAMING: readonly SourceName[] = ['genicam', 'csi', 'v4l2', 'rtsp', 'videotest'];
const ASKED: readonly SourceName[] = ['webcam'];

/**
 * @param options as in station.yaml, without `id` and `source`
 * @returns the fault of the camera where it gives no frame
 * @throws CAMERA_UNAVAILABLE and others where it cannot even be started, CONFIG_INVALID when the options are not valid
 */
export async function takeTestFrame(
	source: SourceName,
	options: object,
	log: Logger,
): Promise<TestFrame | CameraFault> {
	const ended = new AbortController();
	let fault: CameraFault | undefined;
	const report = (said: CameraFault | undefined) => {
		fault = said;
		if (said) ended.abort();
	};
	const input = { width: 640, height: 480, channels: 3 as const };
	const context = { id: 'test', input, cursor: undefined, log, report };
	const given = { ...options, ...untriggered(source) };
	parseWith<unknown>(CAMERAS[source].optionsSchema, given, `the options of a camera of source ${source}`);
	const camera = createCamera(source, given, context);
	const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE_MS)]);
	try {
		await camera.start();
		return (await lookAt(camera, ASKED.includes(source), signal)) ?? fault ?? nothing();
	} finally {
		await camera.stop();
	}
}

/** Whatever triggers parts at the station: nobody does now. */
function untriggered(source: SourceName): object {
	if (STREAMING.includes(source)) return { trigger: { on: 'frame' }, health: ANY_PICTURE };
	return ASKED.includes(source) ? { trigger: { on: 'command', timeoutMs: PATIENCE_MS }, health: ANY_PICTURE } : {};
}

/** @param signal ends the waiting. @returns undefined when no frame came */
async function lookAt(camera: Camera, asked: boolean, signal: AbortSignal): Promise<TestFrame | undefined> {
	let frames = 0;
	let from = monotonicMs();
	let pixels: Pixels | undefined;
	const settled = () => asked || camera.patient || monotonicMs() - from > SETTLE_MS;
	while (!pixels || !settled()) {
		const seen = await nextOf(camera, asked, signal);
		if (seen === 'none') break;
		if (seen === 'missed') continue;
		if (frames++ === 0) from = monotonicMs();
		pixels = seen;
	}
	if (!pixels) return undefined;
	const { brightness, shadows, highlights, sharpness } = frameStatistics(pixels);
	const look = { brightness, shadows, highlights, sharpness };
	return { pixels, coloured: isColoured(pixels), look, frames, seconds: (monotonicMs() - from) / 1000 };
}

async function nextOf(camera: Camera, asked: boolean, signal: AbortSignal): Promise<Pixels | 'missed' | 'none'> {
	if (asked) camera.trigger?.({ id: 'test', at: new Date().toISOString(), monotonicMs: monotonicMs() });
	const shot = await camera.next(signal).catch(() => undefined);
	if (!shot) return 'none';
	const pixels = await pixelsOf(shot);
	// What is asked for before the camera is open is missed.
	if (!pixels) await sleep(50);
	return pixels ?? 'missed';
}

/** A copy, because the buffer goes back. Undefined when it was missed: then there is a next one. */
async function pixelsOf(shot: Shot): Promise<Pixels | undefined> {
	try {
		if (shot.missed) return undefined;
		const { pixels } = await shot.read();
		return { ...pixels, data: pixels.data.slice() };
	} finally {
		shot.release?.();
	}
}

function isColoured({ channels, data }: Pixels): boolean {
	if (channels === 1) return false;
	// Converters round; grey may differ by one or two.
	for (let i = 0; i < data.length; i += 3)
		if (Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 4) return true;
	return false;
}

function nothing(): CameraFault {
	const { code, message } = new AndonError('CAMERA_UNAVAILABLE', {
		expected: 'a test frame',
		found: `none within ${PATIENCE_MS / 1000} s`,
		fix: 'Check cable and power, and that no station uses the camera at the same time.',
	});
	return { code, message, blind: true };
}
