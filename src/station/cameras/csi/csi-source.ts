/** A camera on the ribbon cable of a Jetson, through NVIDIA's image processor. */
import { z } from 'zod';
import type { CameraContext } from '../camera.ts';
import { jetsonTail, TAIL_ELEMENTS } from '../gstreamer/frame-tail.ts';
import { GstSource } from '../gstreamer/gst-source.ts';
import { capsOf } from '../gstreamer/stream-keys.ts';

/** In the order of their numbers. */
const WHITE_BALANCE = [
	'off',
	'auto',
	'incandescent',
	'fluorescent',
	'warm-fluorescent',
	'daylight',
	'cloudy-daylight',
] as const;

const range = (least: number, most: number) =>
	z
		.tuple([z.number().min(least).max(most), z.number().min(least).max(most)])
		.refine(([from, to]) => from <= to, 'expected the lower limit first');

export const csiOptions = z.strictObject({
	sensor: z.int().min(0).max(15).default(0).meta({ description: 'Number of the sensor' }),
	mode: z
		.int()
		.min(0)
		.max(31)
		.optional()
		.meta({ description: 'Mode of the sensor; chosen by size and rate if absent' }),
	width: z.int().min(16).max(16_384).default(1920),
	height: z.int().min(16).max(16_384).default(1080),
	fps: z.number().min(0.1).max(1000).default(30),
	exposureUs: range(1, 10_000_000).optional().meta({ description: 'Limits; the same twice: a fixed exposure' }),
	gain: range(1, 1000).optional().meta({ description: 'Limits of the analogue gain; the same twice: a fixed one' }),
	digitalGain: range(1, 256).optional().meta({ description: 'Limits of the gain after it; [1, 1] for inspection' }),
	whiteBalance: z
		.enum(WHITE_BALANCE)
		.default('auto')
		.meta({ description: 'Anything but auto keeps colours comparable' }),
	lock: z.boolean().default(false).meta({ description: 'Keeps exposure and white balance as they are at the start' }),
	rotate: z.union([z.literal(0), z.literal(180)]).default(0),
});

export type CsiOptions = z.infer<typeof csiOptions>;

export class CsiSource extends GstSource {
	constructor(options: CsiOptions, { input, log }: CameraContext) {
		super(
			{
				camera: `the CSI camera ${options.sensor}`,
				elements: ['nvarguscamerasrc', 'nvvidconv', ...TAIL_ELEMENTS],
				pipeline: async () => csiPipeline(options, input.channels),
			},
			log,
		);
	}
}

/** Source: `gst-inspect-1.0 nvarguscamerasrc` of JetPack 6, ranges as `"from to"`, exposure in nanoseconds. */
export function csiPipeline(options: CsiOptions, channels: 1 | 3): string[] {
	const ranged = (property: string, limits: readonly number[] | undefined, unit = 1) =>
		limits ? [`${property}="${limits.map((value) => value * unit).join(' ')}"`] : [];
	const { sensor, mode, exposureUs, gain, digitalGain, whiteBalance, lock, rotate } = options;
	return [
		'nvarguscamerasrc',
		`sensor-id=${sensor}`,
		...(mode === undefined ? [] : [`sensor-mode=${mode}`]),
		...ranged('exposuretimerange', exposureUs, 1000),
		...ranged('gainrange', gain),
		...ranged('ispdigitalgainrange', digitalGain),
		`wbmode=${WHITE_BALANCE.indexOf(whiteBalance)}`,
		...(lock ? ['aelock=true', 'awblock=true'] : []),
		'!',
		capsOf('video/x-raw(memory:NVMM)', options, 'NV12'),
		...jetsonTail(channels, rotate),
	];
}
