/** One image of each part where there are several: more of them repeat the part, and say nothing of how parts differ. */

/**
 * The first of the first part, the second of the second, and so on, so that every kind of exposure is there.
 *
 * @param samples images of one part share the group
 * @returns places in `samples`, ascending
 */
export function oneOfEachPart(samples: readonly { readonly group: string }[]): number[] {
	const parts = Map.groupBy(samples.keys(), (i) => samples[i].group);
	return Array.from(parts.values(), (images, part) => images[part % images.length]).sort((a, b) => a - b);
}
