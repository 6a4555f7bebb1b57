/** What supervisor and inspector say to each other about golden parts. */
import { z } from 'zod';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const truth = z.object({ defective: z.boolean(), defectClass: z.string().optional() });

/** Which golden part of which run. */
export const goldenMarkSchema = z.object({ run: z.string(), part: z.string() });

/** An image of enrolment, to be inspected between two parts. */
export const injectSchema = goldenMarkSchema.extend({
	kind: z.literal('inject'),
	/** PNG. */
	image: bytes,
	mask: bytes.optional(),
	truth,
});

/** The next parts of the camera are these; none takes back what was said before. */
export const presentSchema = z.object({
	kind: z.literal('present'),
	run: z.string(),
	/** `image`: how it looked at enrolment, to compare with. */
	parts: z.array(z.object({ part: z.string(), truth, image: bytes.optional(), mask: bytes.optional() })),
	/** Their pictures are wanted. */
	capture: z.boolean(),
});

/** The picture of a presented part, sent before its result. */
export const capturedSchema = goldenMarkSchema.extend({ kind: z.literal('captured'), png: bytes });

/** How the picture of a presented part looks beside that of its enrolment, sent before its result. */
export const lookedSchema = goldenMarkSchema.extend({
	kind: z.literal('looked'),
	/** Change of the logarithm of fine over coarser detail: about −0.5 for half a pixel of blur. */
	sharpness: z.number(),
	/** Mean grey level over that of enrolment. */
	brightness: z.number(),
});

export type Inject = z.infer<typeof injectSchema>;
export type Present = z.infer<typeof presentSchema>;
export type ToGolden = Inject | Present;
