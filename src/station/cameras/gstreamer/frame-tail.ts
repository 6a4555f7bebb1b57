/** The end of a pipeline that makes what the model takes of any video, and does not let a busy reader hold the camera up. */
import { type Element, hasElement } from './require-elements.ts';

/** Frames that may wait for their reader; the oldest gives way, and is reported as missing. */
const QUEUE = ['!', 'queue', 'leaky=downstream', 'max-size-buffers=4', 'max-size-bytes=0', 'max-size-time=0'];

/** Video has levels from 16 to 235; only by way of colours does GStreamer make grey from 0 to 255 of them. */
const FULL_RANGE = ['!', 'videoconvert', '!', 'video/x-raw,format=BGRx'];

/** @param isGrey of what has full range already */
export function frameTail(channels: 1 | 3, isGrey = false): string[] {
	const range = channels === 1 && !isGrey ? FULL_RANGE : [];
	return [...range, '!', 'videoconvert', '!', `video/x-raw,format=${formatFor(channels)}`, ...QUEUE];
}

/** Without any conversion: what comes is delivered. */
export function plainTail(): string[] {
	return QUEUE;
}

/** Where there is a Jetson's converter, it takes frames out of the memory that its camera and decoders leave them in. */
export async function anyMemoryTail(channels: 1 | 3): Promise<string[]> {
	return (await hasElement('nvvidconv')) ? jetsonTail(channels) : frameTail(channels);
}

/** Its converter knows no RGB of three bytes, and leaves grey in the levels of video. */
export function jetsonTail(channels: 1 | 3, rotate: 0 | 180 = 0): string[] {
	const rotation = rotate === 180 ? ['flip-method=2'] : [];
	return ['!', 'nvvidconv', ...rotation, '!', 'video/x-raw,format=BGRx', ...frameTail(channels, true)];
}

export function formatFor(channels: 1 | 3): 'GRAY8' | 'RGB' {
	return channels === 1 ? 'GRAY8' : 'RGB';
}

export const TAIL_ELEMENTS: readonly Element[] = ['queue', 'videoconvert'];
