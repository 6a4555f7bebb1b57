/** What execution providers made of the models of a bundle, as its manifest keeps it for people. */
import { z } from 'zod';
import type { ProviderSpeed } from '../../training/report/report-data.ts';

const schema = z.array(
	z.object({
		provider: z.string(),
		precision: z.string(),
		ms: z.number().optional(),
		placement: z.record(z.string(), z.number()).optional(),
		unavailable: z.string().optional(),
	}),
);

/** @returns undefined for what is no list of them, as bundles of other makers may keep */
export function summariseProviders(kept: unknown): readonly ProviderSpeed[] | undefined {
	const { success, data } = schema.safeParse(kept);
	return success && data.length > 0 ? data : undefined;
}
