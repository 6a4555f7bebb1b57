/** Options that several triggers share. */
import { z } from 'zod';

export const timeoutMs = z.int().min(10).max(60_000).default(1000).meta({
	description: 'A trigger without a frame for so long is a missed part',
});
