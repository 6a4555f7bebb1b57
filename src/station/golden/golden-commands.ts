/** The arguments of the commands about golden parts. */
import { z } from 'zod';

const camera = z.string().min(1).max(64).optional();

export const goldenArguments = {
	'run-golden': {
		/** The operator puts the parts in front of the camera; otherwise the images of enrolment are injected. */
		present: z.boolean().default(false),
		/** All cameras unless named; presenting needs a single one. */
		camera,
		/** Ids in the order in which they will be presented; the whole set unless given. */
		parts: z.array(z.string().min(1).max(200)).min(1).max(1000).optional(),
	},
	/** Without `part` the bundle's own golden parts become the station's; with it the next part of the camera joins them. */
	'enroll-golden': {
		part: z.string().min(1).max(200).optional(),
		defective: z.boolean().optional(),
		class: z.string().min(1).max(100).optional(),
		camera,
		/** Begins a new set with this part. */
		fresh: z.boolean().default(false),
	},
	'release-golden': {},
} as const;

type ArgumentsOf<K extends keyof typeof goldenArguments> = z.infer<z.ZodObject<(typeof goldenArguments)[K]>>;

export type RunGolden = ArgumentsOf<'run-golden'>;
export type EnrollGolden = ArgumentsOf<'enroll-golden'>;
