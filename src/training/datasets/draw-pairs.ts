/** A sheet of look-alikes, both images of each pair side by side, for a person to judge whether they show one thing. */
import { type CaptionedTile, captionedSheet } from '../../imaging/captioned-sheet.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import { type AlikePair, isAcross } from './check-leaks.ts';
import type { Dataset, Sample } from './dataset.ts';
import { inParallel } from './in-parallel.ts';

export interface PairsOptions {
	/** Pairs on the sheet, at most. */
	readonly count: number;
	/** Width and height of a picture, in pixels. */
	readonly size: number;
}

/** Pairs in a row of the sheet. */
const ACROSS = 3;

/** Pairs in two splits first, each image once as long as there are others; a sheet that says so when there are none. */
export async function drawPairs(
	dataset: Dataset,
	pairs: readonly AlikePair[],
	{ count, size }: PairsOptions,
): Promise<Pixels> {
	const chosen = choosePairs(pairs, count);
	const load = async (sample: Sample) =>
		(await dataset.load(sample, { channels: 3, width: size, height: size, withMasks: false })).pixels;
	const tiles = await inParallel(chosen, async (pair): Promise<CaptionedTile[]> => {
		const similarity = `${pair.similarity.toFixed(3)} alike${isAcross(pair) ? '' : ', same split'}`;
		return [
			{ pixels: await load(pair.a), caption: [pair.a.id, place(pair.a), similarity] },
			{ pixels: await load(pair.b), caption: [pair.b.id, place(pair.b)] },
		];
	});
	if (tiles.length === 0)
		return captionedSheet([{ pixels: blank(4 * size), caption: ['No images look alike.'] }], { columns: 1 });
	return captionedSheet(tiles.flat(), { columns: 2 * ACROSS });
}

function place({ split, class: name }: Sample): string {
	return `${split} · ${name}`;
}

function choosePairs(pairs: readonly AlikePair[], count: number): AlikePair[] {
	const ordered = [...pairs.filter(isAcross), ...pairs.filter((pair) => !isAcross(pair))];
	const seen = new Set<string>();
	const [fresh, again]: [AlikePair[], AlikePair[]] = [[], []];
	for (const pair of ordered) {
		(seen.has(pair.a.id) || seen.has(pair.b.id) ? again : fresh).push(pair);
		seen.add(pair.a.id).add(pair.b.id);
	}
	const across = fresh.filter(isAcross);
	return [...across, ...again.filter(isAcross), ...fresh.slice(across.length)].slice(0, count);
}

function blank(width: number): Pixels {
	return { width, height: 8, channels: 1, data: new Uint8Array(8 * width).fill(255) };
}
