/** The last pictures of parts, kept in memory for the page. */
import type { EventEmitter } from 'node:events';
import type { Preview, StationEvents } from '../../station/station-view.ts';

export interface PreviewShelf {
	/** JPEG bytes, or undefined when the part had no picture or it is too long ago. */
	find(resultId: string): Buffer | undefined;
	/** Result ids that have a picture, oldest first. */
	ids(): readonly string[];
	close(): void;
}

/** @param capacity pictures kept; at about 30 kB each the default costs 3 MB */
export function keepPreviews(events: EventEmitter<StationEvents>, capacity = 96): PreviewShelf {
	const kept = new Map<string, Buffer>();
	const keep = ({ inspection, jpeg }: Preview) => {
		kept.set(inspection.resultId, Buffer.from(jpeg));
		for (const oldest of kept.keys()) {
			if (kept.size <= capacity) break;
			kept.delete(oldest);
		}
	};
	events.on('preview', keep);
	return {
		find: (resultId) => kept.get(resultId),
		ids: () => [...kept.keys()],
		close() {
			events.off('preview', keep);
			kept.clear();
		},
	};
}
