/** Which pictures of parts are kept as files, and which parts are drawn by lot for the audit. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Verdict } from '../inspection.ts';

const keep = z.enum(['none', 'sample', 'flagged', 'all']);
const frame = z.enum(['original', 'fitted']);

/** The section `feedback:` of station.yaml. */
export const feedbackSchema = z.strictObject({
	keep: keep.default('none').meta({
		description:
			'Pictures kept beside the store: none; sample: of parts drawn by lot; flagged: those and all parts that do not pass; all',
	}),
	sampleOneIn: z
		.int()
		.min(1)
		.max(1_000_000)
		.default(20)
		.meta({ description: 'One part in so many is drawn, whatever its verdict: misses are found among these alone' }),
	frame: frame.default('original').meta({ description: 'As the camera gave it, or fitted to the model' }),
	maxBytes: z
		.int()
		.min(1_000_000)
		.default(2_000_000_000)
		.meta({ description: 'Disk space for pictures; the oldest ones without a label go first' }),
});

export type FeedbackConfig = Readonly<z.infer<typeof feedbackSchema>>;

/** What an inspector is told: the same rules with which its supervisor draws. */
export const frameRulesSchema = z.object({
	keep,
	oneIn: z.int().min(1),
	frame,
	folder: z.string(),
	/** Result ids of this camera and boot, without their sequence. */
	prefix: z.string(),
	/** Makes the lots of this boot. */
	seed: z.string(),
});

export type FrameRules = z.infer<typeof frameRulesSchema>;

/** Whether the part is drawn: decided by its number and a secret of the boot alone, so that no picture can sway it. */
export function isDrawn({ keep, oneIn, prefix, seed }: FrameRules, sequence: number): boolean {
	if (keep === 'none') return false;
	const digest = createHash('sha256').update(`${seed} ${prefix}${sequence}`).digest();
	return digest.readUIntBE(0, 6) * oneIn < 2 ** 48;
}

export function isKept(rules: FrameRules, sequence: number, verdict: Verdict): boolean {
	if (rules.keep === 'all' || isDrawn(rules, sequence)) return true;
	return rules.keep === 'flagged' && verdict !== 'ok';
}

/** The file of the mask that the model gave, beside the picture. */
export function maskFile(resultId: string): string {
	return `${resultId}.mask.png`;
}

/** The file of a picture, by the result that it belongs to. */
export function frameFile(resultId: string): string {
	return `${resultId}.png`;
}
