/** GStreamer's own test pictures: no camera at all, but every other part of the way that a camera's frames take. */
import { z } from 'zod';
import type { CameraContext } from '../camera.ts';
import { formatFor, plainTail } from '../gstreamer/frame-tail.ts';
import { GstSource } from '../gstreamer/gst-source.ts';
import { capsOf } from '../gstreamer/stream-keys.ts';

const PATTERNS = [
	'smpte',
	'smpte100',
	'snow',
	'black',
	'white',
	'checkers-1',
	'checkers-8',
	'ball',
	'gradient',
	'bar',
	'colors',
] as const;
const FORMATS = [
	'GRAY8',
	'RGB',
	'BGR',
	'NV12',
	'I420',
	'YUY2',
	'UYVY',
	'bayer-rggb',
	'bayer-grbg',
	'bayer-gbrg',
	'bayer-bggr',
] as const;

export const videotestOptions = z.strictObject({
	pattern: z.enum(PATTERNS).default('smpte').meta({ description: 'A test picture, in place of a camera' }),
	width: z.int().min(1).max(16_384).default(640),
	height: z.int().min(1).max(16_384).default(480),
	fps: z.int().min(1).max(1000).default(10),
	format: z.enum(FORMATS).optional().meta({ description: 'How pixels come; what suits the model if absent' }),
});

export type VideotestOptions = z.infer<typeof videotestOptions>;

export class VideotestSource extends GstSource {
	readonly simulated = true;

	constructor(options: VideotestOptions, { input, log }: CameraContext) {
		super(
			{
				camera: 'the test picture',
				elements: ['videotestsrc', 'queue'],
				pipeline: async () => videotestPipeline(options, input.channels),
			},
			log,
		);
	}
}

export function videotestPipeline(options: VideotestOptions, channels: 1 | 3): string[] {
	const format = options.format ?? formatFor(channels);
	const [, bayer] = /^bayer-(.*)/.exec(format) ?? [];
	const caps = bayer ? capsOf('video/x-bayer', options, bayer) : capsOf('video/x-raw', options, format);
	return ['videotestsrc', 'is-live=true', `pattern=${options.pattern}`, '!', caps, ...plainTail()];
}
