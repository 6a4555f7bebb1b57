/** Files appear whole or not at all. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AndonError, messageOf } from './errors.ts';
import { makeFolder } from './make-folder.ts';

/** Writes to a neighbour, syncs it to disk and renames it into place. @throws FILE_UNWRITABLE, leaving nothing behind */
export async function writeAtomic(path: string, data: string | Uint8Array): Promise<void> {
	const draft = `${path}.${process.pid}.tmp`;
	try {
		makeFolder(dirname(path));
		const file = await open(draft, 'w');
		try {
			await file.writeFile(data);
			await file.sync();
		} finally {
			await file.close();
		}
		await rename(draft, path);
	} catch (cause) {
		await rm(draft, { force: true }).catch(() => {});
		throw new AndonError(
			'FILE_UNWRITABLE',
			{
				expected: `to write ${path}`,
				found: messageOf(cause),
				fix: 'Check the path, its permissions and the free space.',
			},
			{ cause },
		);
	}
}
