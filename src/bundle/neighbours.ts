/** Where a bundle is kept aside while its folder is replaced; writer and reader must agree on it. */
import { basename, dirname, join } from 'node:path';

/** Holds the old bundle from just before the new one takes its place until just after. */
export function previousOf(dir: string): string {
	return join(dirname(dir), `.${basename(dir)}.previous`);
}

/** Where a writer gathers the new bundle; the writer's name starts with its process id. */
export function draftOf(dir: string, writer: string): string {
	return join(dirname(dir), `.${basename(dir)}.draft-${writer}`);
}
