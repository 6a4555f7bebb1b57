/** A camera that Linux drives (USB and others) through Video4Linux. */
import { z } from 'zod';
import type { CameraContext } from '../camera.ts';
import { frameTail, plainTail, TAIL_ELEMENTS } from '../gstreamer/frame-tail.ts';
import { GstSource } from '../gstreamer/gst-source.ts';
import type { Element } from '../gstreamer/require-elements.ts';
import { capsOf, streamKeys } from '../gstreamer/stream-keys.ts';
import { devicePath } from './device-path.ts';

/** What a camera may be asked to send: media type and format. */
const FORMATS = {
	GRAY8: ['video/x-raw', 'GRAY8'],
	YUY2: ['video/x-raw', 'YUY2'],
	UYVY: ['video/x-raw', 'UYVY'],
	NV12: ['video/x-raw', 'NV12'],
	I420: ['video/x-raw', 'I420'],
	RGB: ['video/x-raw', 'RGB'],
	BGR: ['video/x-raw', 'BGR'],
	JPEG: ['image/jpeg', undefined],
	'bayer-rggb': ['video/x-bayer', 'rggb'],
	'bayer-grbg': ['video/x-bayer', 'grbg'],
	'bayer-gbrg': ['video/x-bayer', 'gbrg'],
	'bayer-bggr': ['video/x-bayer', 'bggr'],
} as const;

export const v4l2Options = z.strictObject({
	device: devicePath.default('/dev/video0').meta({ description: 'Best one of /dev/v4l/by-id/, which stays the same' }),
	...streamKeys,
	format: z
		.enum(['auto', ...(Object.keys(FORMATS) as (keyof typeof FORMATS)[])])
		.default('auto')
		.meta({ description: 'What the camera is to send; auto: uncompressed if it can' }),
	controls: z
		.record(z.string().regex(/^[a-z0-9_]+$/, 'expected a name as `v4l2-ctl --list-ctrls` gives it'), z.int())
		.default({})
		.meta({ description: 'Settings of the camera by name, such as exposure_time_absolute: 100' }),
});

export type V4l2Options = z.infer<typeof v4l2Options>;

export class V4l2Source extends GstSource {
	constructor(options: V4l2Options, { input, log }: CameraContext) {
		super(
			{
				camera: `the camera ${options.device}`,
				elements: v4l2Elements(options),
				pipeline: async () => v4l2Pipeline(options, input.channels),
			},
			log,
		);
	}
}

export function v4l2Pipeline(options: V4l2Options, channels: 1 | 3): string[] {
	const settings = Object.entries(options.controls).map(([name, value]) => `${name}=${value}`);
	const controls = settings.length > 0 ? [`extra-controls=controls,${settings.join(',')}`] : [];
	return ['v4l2src', `device=${options.device}`, ...controls, '!', ...chainOf(options, channels)];
}

function chainOf(options: V4l2Options, channels: 1 | 3): string[] {
	const toModel = frameTail(channels, options.format === 'GRAY8');
	if (options.format === 'auto')
		return [`${capsOf('video/x-raw', options)};${capsOf('image/jpeg', options)}`, '!', 'decodebin', ...toModel];
	const [media, format] = FORMATS[options.format];
	const caps = capsOf(media, options, format);
	if (media === 'video/x-bayer') return [caps, ...plainTail()];
	return media === 'image/jpeg' ? [caps, '!', 'jpegdec', ...toModel] : [caps, ...toModel];
}

function v4l2Elements({ format }: V4l2Options): Element[] {
	const decoder: readonly Element[] =
		format === 'auto' ? ['decodebin', 'jpegdec'] : format === 'JPEG' ? ['jpegdec'] : [];
	return ['v4l2src', ...decoder, ...TAIL_ELEMENTS];
}
