/** What a stream turned out to be: GStreamer's caps, read back after they were negotiated. */

export interface VideoCaps {
	/** `video/x-raw`, `video/x-bayer`. */
	readonly media: string;
	readonly format: string;
	readonly width: number;
	readonly height: number;
	/** Undefined when frames come at no fixed rate. */
	readonly fps?: number;
}

/** @param text such as `video/x-raw, format=(string)NV12, width=(int)640, …`. @returns undefined when it is no video of fixed size */
export function readCaps(text: string): VideoCaps | undefined {
	const media = /^[\w/-]+/.exec(text)?.[0];
	const fields = new Map(
		[...text.matchAll(/([\w-]+)=\(\w+\)("[^"]*"|[^,;]+)/g)].map(([, key, value]) => [key, value.trim()]),
	);
	const format = fields.get('format');
	const [width, height] = ['width', 'height'].map((key) => Number(fields.get(key)));
	if (!media || !format || !(width > 0) || !(height > 0)) return undefined;
	const [top, bottom] = (fields.get('framerate') ?? '0/1').split('/').map(Number);
	const fps = top / bottom;
	return { media, format, width, height, ...(fps > 0 ? { fps } : {}) };
}
