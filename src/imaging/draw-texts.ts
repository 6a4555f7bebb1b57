/** Writes words on a picture, by way of SVG; the letters come from the fonts of the host. */
import type { Pixels } from './pixels.ts';
import { sharp } from './sharp.ts';

export interface DrawnText {
	readonly text: string;
	/** Left end and foot of the letters, in pixels. */
	readonly x: number;
	readonly baseline: number;
	/** Longer texts are shortened to about this many pixels. */
	readonly width: number;
	/** Height of the letters, in pixels. */
	readonly size: number;
	readonly bold?: boolean;
	/** Of the letters; nearly black by default. */
	readonly colour?: string;
	/** A rim around each letter, so that it is read on any picture. */
	readonly rim?: string;
}

/** Mean width of a letter of the usual sans-serif fonts, as a share of its size. */
const LETTER = 0.6;

/** A new picture; the given one stays. A host without fonts leaves the words out. */
export async function drawTexts(picture: Pixels, texts: readonly DrawnText[]): Promise<Pixels> {
	const { width, height, channels } = picture;
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" fill="#1a1a1a">${texts.map(element).join('')}</svg>`;
	const { data } = await sharp(picture.data, { raw: { width, height, channels }, limitInputPixels: false })
		.composite([{ input: Buffer.from(svg), limitInputPixels: false }])
		.removeAlpha()
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function element({ text, x, baseline, width, size, bold, colour, rim }: DrawnText): string {
	const weight = bold ? ' font-weight="bold"' : '';
	const fill = colour ? ` fill="${colour}"` : '';
	const around = rim ? ` stroke="${rim}" stroke-width="${size / 4}" stroke-linejoin="round" paint-order="stroke"` : '';
	const letters = Math.max(1, Math.floor(width / (size * LETTER * (bold ? 1.1 : 1))));
	return `<text x="${x}" y="${baseline}" font-size="${size}"${weight}${fill}${around}>${escaped(shortened(text, letters))}</text>`;
}

/** The end of a path says more than its beginning. */
function shortened(text: string, letters: number): string {
	return text.length <= letters ? text : `…${text.slice(text.length - letters + 1)}`;
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
