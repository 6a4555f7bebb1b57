/** Since when the same rules decide: a new threshold, bundle, precision or hold band begins a new epoch, and old parts say nothing about it. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { operatingPointSchema } from '../../bundle/manifest.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { ReadableStore } from '../store/read-store.ts';

/** What decides over parts. */
export interface RulesInForce {
	readonly operatingPoint: OperatingPoint;
	readonly manifestHash: string;
	readonly precision: string;
	readonly provider: string;
	/** Whatever else of the configuration decides. */
	readonly configured: unknown;
}

const epochSchema = z.object({
	/** SHA-256 over the rules. */
	rules: z.string(),
	/** Number of the last record before it. */
	after: z.int().min(0),
	since: z.iso.datetime(),
	manifestHash: z.string(),
	precision: z.string(),
	operatingPoint: operatingPointSchema,
});

export type Epoch = Readonly<z.infer<typeof epochSchema>>;

const SETTING = 'epoch';

/** The epoch that a station noted last; undefined before its first start with this version. */
export function storedEpoch(store: Pick<ReadableStore, 'setting'>): Epoch | undefined {
	return epochSchema.safeParse(store.setting(SETTING)).data;
}

/** The epoch of these rules: the stored one if they are the same still, else one that begins now. */
export async function enterEpoch(
	store: ReadableStore & { remember(name: string, value: unknown): Promise<void> },
	rules: RulesInForce,
): Promise<Epoch> {
	const { operatingPoint, manifestHash, precision, provider, configured } = rules;
	const deciding = [operatingPoint, manifestHash, precision, provider, configured ?? null];
	const hash = createHash('sha256').update(JSON.stringify(deciding)).digest('hex');
	const stored = storedEpoch(store);
	if (stored?.rules === hash) return stored;
	const epoch = {
		rules: hash,
		after: store.inspections.lastNumber(),
		since: new Date().toISOString(),
		manifestHash,
		precision,
		operatingPoint,
	};
	await store.remember(SETTING, epoch);
	return epoch;
}
