/** The fingerprint of a file, as the manifest lists it. */
import { createHash } from 'node:crypto';

/** SHA-256 in hex. */
export function digestOf(data: Uint8Array | string): string {
	return createHash('sha256').update(data).digest('hex');
}
