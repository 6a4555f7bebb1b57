/** A contact sheet that says what is on it: a title above each column, a line or two beneath each row. */
import { contactSheet, planSheet } from './contact-sheet.ts';
import { type DrawnText, drawTexts } from './draw-texts.ts';
import type { Pixels } from './pixels.ts';

export interface CaptionedTile {
	readonly pixels: Pixels;
	/** Lines beneath the tile, in its own width; or of the tile's whole row, given to its first tile. */
	readonly caption?: readonly string[];
}

export interface CaptionOptions {
	readonly columns: number;
	/** One above each column. */
	readonly titles?: readonly string[];
	/** Columns that a caption may run over; 1 by default. */
	readonly captionColumns?: number;
}

/** Of a line of text, in pixels. */
const LINE = 16;
const SIZE = 12;

/** @param tiles row by row */
export async function captionedSheet(tiles: readonly CaptionedTile[], options: CaptionOptions): Promise<Pixels> {
	const { columns, titles = [], captionColumns = 1 } = options;
	const lines = Math.max(0, ...tiles.map(({ caption }) => caption?.length ?? 0));
	const strips = { columns, header: titles.length > 0 ? LINE + 6 : 0, footer: lines > 0 ? lines * LINE + 6 : 0 };
	const pictures = tiles.map(({ pixels }) => pixels);
	const plan = planSheet(pictures, strips);
	const texts: DrawnText[] = titles.map((text, n) => ({
		text,
		x: plan.place(n).left + 2,
		baseline: LINE,
		width: plan.cell.width - 4,
		size: SIZE,
		bold: true,
	}));
	tiles.forEach(({ caption = [] }, n) => {
		const { left, top } = plan.place(n);
		for (const [k, text] of caption.entries())
			texts.push({
				text,
				x: left + 2,
				baseline: top + plan.cell.height + (k + 1) * LINE - 2,
				width: captionColumns * plan.cell.width - 4,
				size: SIZE,
			});
	});
	return drawTexts(contactSheet(pictures, strips), texts);
}
