/** Where a gate may run without touching what the threshold promises. */
import type { CascadeManifest } from './cascade-schema.ts';

/** @param lowest the lowest score that matters: the threshold, or the lower end of the hold band around it */
export function gateMayRun({ floors }: Pick<CascadeManifest, 'floors'>, precision: string, lowest: number): boolean {
	const floor = floors[precision as keyof typeof floors];
	return floor !== undefined && lowest > floor;
}
