/** What every camera that streams is configured with, beside the options of its own source. */
import { z } from 'zod';
import { healthSchema } from './health/health-options.ts';
import { triggerSchema } from './triggers/index.ts';

export const liveKeys = {
	trigger: triggerSchema.default({ on: 'frame' }).meta({ description: 'What makes a frame a part' }),
	silenceMs: z.int().min(100).max(600_000).default(2000).meta({
		description: 'A camera whose frames come by themselves is lost after so long without one',
	}),
	frameBuffers: z.int().min(1).max(256).default(8).meta({
		description: 'Frames that may wait in the buffers of the camera; one more is a missed part',
	}),
	health: healthSchema.prefault({}).meta({ description: 'When the picture itself is not to be trusted' }),
};

const liveSchema = z.object(liveKeys);

export type LiveOptions = z.infer<typeof liveSchema>;
