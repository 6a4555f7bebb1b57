/** Parts with what people said about them, or that wait to hear it, as a list to work through. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Inspection } from '../inspection.ts';
import type { Label } from '../station-view.ts';
import type { ReadableStore } from '../store/read-store.ts';
import { storedEpoch } from './epoch.ts';
import { frameFile } from './frame-rules.ts';
import { frameFolder } from './frame-shelf.ts';

export interface ListedPart {
	readonly resultId: string;
	readonly partId: string;
	readonly verdict: Inspection['verdict'];
	readonly score?: number;
	/** How likely the part was to be drawn, where it waits because it was. */
	readonly drawn?: number;
	/** Path of its picture, where one is kept. */
	readonly frame?: string;
	readonly label?: Label;
}

/** The labels in force, newest first. @param path of the store */
export function listLabelled(store: ReadableStore, path: string, limit: number): ListedPart[] {
	return store.labels.recent(limit).map((label) => listed(store.inspections.find(label.resultId)!, path, { label }));
}

/** Every label of a result, oldest first. @param path of the store */
export function listHistory(store: ReadableStore, path: string, resultId: string): ListedPart[] {
	return store.labels
		.history(resultId)
		.map((label) => listed(store.inspections.find(label.resultId)!, path, { label }));
}

/** Drawn parts of the epoch without a label, oldest first. @param path of the store */
export function listWaiting(store: ReadableStore, path: string, limit: number): ListedPart[] {
	const after = storedEpoch(store)?.after ?? 0;
	return store.samples.unlabelled(after, limit).map(({ inspection, drawn }) => listed(inspection, path, { drawn }));
}

function listed({ resultId, partId, verdict, score }: Inspection, path: string, more: Partial<ListedPart>): ListedPart {
	const frame = join(frameFolder(path), frameFile(resultId));
	return { resultId, partId, verdict, score, ...(existsSync(frame) ? { frame } : {}), ...more };
}
