/**
 * The one place that sets sharp up: one thread per image and no cache, since many small images are decoded in parallel. It
 * is loaded when an image is first decoded, encoded or resized, because it takes 30 MB and a station may never need it.
 */
import { createRequire } from 'node:module';
import type { Sharp, SharpInput, SharpOptions } from 'sharp';

type Library = typeof import('sharp').default;

let library: Library | undefined;

export function sharp(input?: SharpInput | SharpInput[], options?: SharpOptions): Sharp {
	library ??= load();
	return library(input, options);
}

function load(): Library {
	const loaded: Library = createRequire(import.meta.url)('sharp');
	loaded.concurrency(1);
	loaded.cache(false);
	return loaded;
}
