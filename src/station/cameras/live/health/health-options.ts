/** When a picture is not to be trusted, and what becomes of its part then. */
import { z } from 'zod';

/** `alarm`: said in the state; `not-inspected`: the part is not judged either. */
const action = (standard: 'alarm' | 'not-inspected' | 'off') =>
	z.enum(['off', 'alarm', 'not-inspected']).default(standard).meta({
		description: 'alarm: say so; not-inspected: and judge no part by such a frame',
	});

const frames = z.int().min(1).max(10_000).default(3).meta({ description: 'So many in a row' });

export const healthSchema = z.strictObject({
	frozen: z
		.strictObject({
			action: action('not-inspected'),
			frames: frames.meta({ description: 'So many parts in a row whose frames are the same, bit for bit' }),
			stillMs: z.int().min(100).max(86_400_000).default(10_000).meta({
				description: 'Or frames that come by themselves are the same for so long',
			}),
		})
		.prefault({}),
	dark: z
		.strictObject({
			action: action('not-inspected'),
			frames,
			below: z.number().min(0).max(255).default(24).meta({
				description: 'Dark: 99 of 100 pixels are below this grey level',
			}),
		})
		.prefault({}),
	overExposed: z
		.strictObject({
			action: action('alarm'),
			frames,
			share: z.number().gt(0).max(1).default(0.5).meta({
				description: 'Over-exposed: more than this share of the pixels is white',
			}),
		})
		.prefault({}),
	blurred: z
		.strictObject({
			action: action('alarm'),
			frames: frames.default(10),
			drop: z.number().gt(0).max(20).default(0.9).meta({
				description: 'Blurred: the logarithm of fine over coarse detail fell by this below that of the first 50 frames',
			}),
		})
		.prefault({}),
});

export type HealthOptions = Readonly<z.infer<typeof healthSchema>>;
