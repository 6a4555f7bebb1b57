/** What a store remembers of a candidate that scored beside a recipe, whether its station runs or not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { frameFile } from '../feedback/frame-rules.ts';
import { frameFolder } from '../feedback/frame-shelf.ts';
import { type KeptShadow, type ShadowDifference, storedShadow } from './shadow-watch.ts';

export type { ShadowVerdict } from '../inspector/messages.ts';

export interface ShadowReport extends Pick<KeptShadow, 'since' | 'counts'> {
	/** Newest first. */
	readonly differences: readonly (ShadowDifference & {
		/** Path of the part's picture, where one is kept. */
		readonly frame?: string;
	})[];
}

/** @param path of the store @throws COMMAND_INVALID when there was none */
export function listShadow(store: { setting(name: string): unknown }, path: string, limit: number): ShadowReport {
	const kept = storedShadow(store);
	if (!kept)
		throw new AndonError('COMMAND_INVALID', {
			expected: 'a candidate that scored beside a recipe of this station',
			found: 'none so far',
			fix: 'Send the command `shadow` to the station, and wait for parts.',
		});
	const differences = kept.differences.slice(0, limit).map((difference) => {
		const frame = join(frameFolder(path), frameFile(difference.resultId));
		return existsSync(frame) ? { ...difference, frame } : difference;
	});
	return { since: kept.since, counts: kept.counts, differences };
}
