/** The end of a pipeline that makes what the model takes of any video, and does not let a busy reader hold the camera up. */
import { type Element, hasElement } from './require-elements.ts';

/** Frames that may wait for their reader; the oldest gives way, and is reported as missing. */
const QUEUE = ['!', 'queue', 'leaky=downstream', 'max-size-buffers=4', 'max-size-bytes=0', 'max-size-time=0'];

/** @param format GStreamer's name for what is to come out */
export function frameTail(format: string): string[] {
	return ['!', 'videoconvert', '!', `video/x-raw,format=${format}`, ...QUEUE];
}

/** Without any conversion: what comes is delivered. */
export function plainTail(): string[] {
	return QUEUE;
}

/** Where there is a Jetson's converter, it takes frames out of the memory that its camera and decoders leave them in. */
export async function anyMemoryTail(channels: 1 | 3): Promise<string[]> {
	return (await hasElement('nvvidconv')) ? jetsonTail(channels) : frameTail(formatFor(channels));
}

/** Its converter knows grey, but no RGB of three bytes. */
export function jetsonTail(channels: 1 | 3, rotate: 0 | 180 = 0): string[] {
	const converter = ['!', 'nvvidconv', ...(rotate === 180 ? ['flip-method=2'] : []), '!'];
	if (channels === 1) return [...converter, 'video/x-raw,format=GRAY8', ...QUEUE];
	return [...converter, 'video/x-raw,format=BGRx', ...frameTail('RGB')];
}

export function formatFor(channels: 1 | 3): 'GRAY8' | 'RGB' {
	return channels === 1 ? 'GRAY8' : 'RGB';
}

export const TAIL_ELEMENTS: readonly Element[] = ['queue', 'videoconvert'];
