/** Where the pixels of a GStreamer frame lie: rows are padded to four bytes, and chroma planes are of even height. */
import type { RawFormat } from '../../../imaging/raw-image.ts';
import type { VideoCaps } from './read-caps.ts';

export interface FrameLayout {
	readonly format: RawFormat;
	readonly width: number;
	readonly height: number;
	/** Bytes from one row to the next, of the first plane. */
	readonly stride: number;
	/** Of the whole frame. */
	readonly bytes: number;
}

interface Kind {
	readonly format: RawFormat;
	/** Bytes per row without its padding. */
	row(width: number): number;
	/** Bytes of the planes after the first. */
	chroma?(width: number, height: number, stride: number): number;
}

const one = (format: RawFormat): Kind => ({ format, row: (width) => width });
const three = (format: RawFormat): Kind => ({ format, row: (width) => 3 * width });
/** Two pixels share their colour. */
const pairs = (format: RawFormat): Kind => ({ format, row: (width) => 4 * Math.ceil(width / 2) });

/** By media type and format, as in `gst_video_info_set_format`. */
const KINDS: Readonly<Record<string, Kind>> = {
	'video/x-raw GRAY8': one('Mono8'),
	'video/x-raw RGB': three('RGB8'),
	'video/x-raw BGR': three('BGR8'),
	'video/x-raw UYVY': pairs('YUV422Packed'),
	'video/x-raw YUY2': pairs('YUV422_YUYVPacked'),
	'video/x-raw NV12': { ...one('NV12'), chroma: (_, height, stride) => (stride * even(height)) / 2 },
	'video/x-raw I420': {
		...one('I420'),
		chroma: (width, height) => 2 * padded(even(width) / 2) * (even(height) / 2),
	},
	'video/x-bayer rggb': one('BayerRG8'),
	'video/x-bayer grbg': one('BayerGR8'),
	'video/x-bayer gbrg': one('BayerGB8'),
	'video/x-bayer bggr': one('BayerBG8'),
};

/** Undefined when frames of this kind cannot be read. */
export function frameLayout({ media, format, width, height }: VideoCaps): FrameLayout | undefined {
	const kind = KINDS[`${media} ${format}`];
	if (!kind) return undefined;
	const stride = padded(kind.row(width));
	const chroma = kind.chroma?.(width, height, stride);
	// The first plane of a frame with chroma is of even height too.
	const bytes = chroma === undefined ? stride * height : stride * even(height) + chroma;
	return { format: kind.format, width, height, stride, bytes };
}

function padded(bytes: number): number {
	return 4 * Math.ceil(bytes / 4);
}

function even(value: number): number {
	return 2 * Math.ceil(value / 2);
}
