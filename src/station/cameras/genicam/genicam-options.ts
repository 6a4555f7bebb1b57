/** What station.yaml says about a GenICam camera. */
import { z } from 'zod';

/** How cameras are reached; `Fake` is libaravis' own camera, without hardware. */
export const INTERFACES = ['GigEVision', 'USB3Vision', 'Fake'] as const;

const lineTrigger = z.strictObject({
	line: z.string().min(1).meta({ description: 'TriggerSource, such as Line1' }),
	selector: z.string().min(1).default('FrameStart').meta({ description: 'TriggerSelector' }),
	activation: z
		.enum(['RisingEdge', 'FallingEdge', 'AnyEdge', 'LevelHigh', 'LevelLow'])
		.default('RisingEdge')
		.meta({ description: 'TriggerActivation' }),
	delayUs: z.number().min(0).optional().meta({ description: 'TriggerDelay, from the edge to the exposure' }),
});

export const genicamOptions = z.strictObject({
	device: z
		.string()
		.min(1)
		.optional()
		.meta({ description: 'Id as `andon cameras` lists it, serial number or IP address; the only camera if absent' }),
	interface: z
		.enum(INTERFACES)
		.optional()
		.meta({ description: 'Where to look; GigE Vision and USB3 Vision if absent. Fake needs no camera' }),
	features: z
		.record(z.string().min(1), z.union([z.boolean(), z.number(), z.string()]))
		.default({})
		.meta({
			description: 'Any feature of the camera by name, set in this order before all else; `true` runs a command',
		}),
	pixelFormat: z.string().min(1).optional().meta({ description: 'PixelFormat; as the camera is set if absent' }),
	roi: z
		.strictObject({
			x: z.int().min(0).default(0),
			y: z.int().min(0).default(0),
			width: z.int().positive(),
			height: z.int().positive(),
		})
		.optional()
		.meta({ description: 'Part of the sensor that is read out, in its pixels; as the camera is set if absent' }),
	exposureUs: z
		.union([z.number().positive(), z.literal('auto')])
		.optional()
		.meta({ description: 'ExposureTime, or `auto` for the exposure control of the camera' }),
	gain: z
		.union([z.number(), z.literal('auto')])
		.optional()
		.meta({ description: 'Gain in the unit of the camera (mostly dB), or `auto`' }),
	fps: z.number().positive().optional().meta({ description: 'AcquisitionFrameRate of a camera that runs freely' }),
	deviceTrigger: z
		.union([z.literal('software'), lineTrigger])
		.optional()
		.meta({
			description: 'The camera waits for a software trigger, or for its own input line; it runs freely if absent',
		}),
	packetSize: z
		.union([z.int().min(576).max(16_384), z.literal('auto')])
		.optional()
		.meta({ description: 'GigE Vision: bytes of a packet, or `auto` to try the largest that the network carries' }),
	packetDelayUs: z
		.number()
		.min(0)
		.max(1_000_000)
		.optional()
		.meta({ description: 'GigE Vision: pause between packets, for cameras that share a link' }),
	ptp: z.boolean().optional().meta({ description: 'Clock of the camera by IEEE 1588' }),
	streamBuffers: z
		.int()
		.min(2)
		.max(256)
		.default(8)
		.meta({ description: 'Frames that the camera may write while `frameBuffers` others wait to be inspected' }),
});

export type GenicamOptions = Readonly<z.infer<typeof genicamOptions>>;
