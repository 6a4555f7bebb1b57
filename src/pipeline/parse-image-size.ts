/** A size in pixels as people write it. */
import { AndonError } from '../base/errors.ts';

export interface ImageSize {
	readonly width: number;
	readonly height: number;
}

/** @param text `224`, or `320x240` for width × height; @throws USAGE */
export function parseImageSize(text: string): ImageSize {
	const match = /^(\d+)(?:[x×](\d+))?$/.exec(text);
	if (match) return { width: Number(match[1]), height: Number(match[2] ?? match[1]) };
	throw new AndonError('USAGE', {
		expected: '--size as pixels, such as 224, or as width x height, such as 320x240',
		found: text,
		fix: 'Correct the size.',
	});
}
