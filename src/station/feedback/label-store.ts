/** A label straight into a store, for while its station does not run. */
import { stat } from 'node:fs/promises';
import { AndonError, messageOf } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import type { Change } from '../commands.ts';
import type { Label } from '../station-view.ts';
import { isInUse, Store } from '../store/store.ts';
import { type LabelArguments, labelSchema, readLabel } from './read-label.ts';

/**
 * @returns the label once it is durable; undefined when a station has the store open, and must be asked instead
 * @throws COMMAND_INVALID, IMAGE_UNREADABLE, IMAGE_TOO_LARGE, FILE_UNREADABLE, STORE_UNWRITABLE, STORE_INVALID
 */
export async function labelStore(path: string, args: LabelArguments, by: Change): Promise<Label | undefined> {
	await expectStore(path);
	const judged = parseWith(labelSchema, args, 'a label', 'COMMAND_INVALID');
	const store = openUnlessInUse(path);
	try {
		return store && (await store.label(await readLabel(store, judged, by)));
	} finally {
		store?.close();
	}
}

/** Opening a store would create it. */
async function expectStore(path: string): Promise<void> {
	await stat(path).catch((cause: unknown) => {
		throw new AndonError(
			'FILE_UNREADABLE',
			{
				expected: `a station's store at ${path}`,
				found: messageOf(cause),
				fix: 'Check the path, or run the station first.',
			},
			{ cause },
		);
	});
}

function openUnlessInUse(path: string): Store | undefined {
	try {
		return new Store(path);
	} catch (error) {
		if (isInUse(error)) return undefined;
		throw error;
	}
}
