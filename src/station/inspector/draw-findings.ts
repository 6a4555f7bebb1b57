/** The picture of a part for people who look at files: the camera's own frame, what was found on it, and the verdict in words. */
import { captionedSheet } from '../../imaging/captioned-sheet.ts';
import { resizePixels } from '../../imaging/decode-image.ts';
import { type DrawnText, drawTexts } from '../../imaging/draw-texts.ts';
import { encodeJpeg } from '../../imaging/encode-image.ts';
import { type Box, type Colour, drawOverlay } from '../../imaging/overlay.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import { stretchMap } from '../../imaging/stretch-map.ts';
import { MASK_THRESHOLD } from '../decision/measure-defects.ts';
import { sayDefect } from '../decision/words.ts';
import type { Defect, Inspection } from '../inspection.ts';

type Findings = Pick<Inspection, 'verdict' | 'why' | 'defects'>;

interface Size {
	readonly width: number;
	readonly height: number;
}

const OUTLINE: Colour = [255, 64, 64];
/** The longer side of a picture is at least about so long, for the words to fit. */
const WANTED = 720;
const LETTERS = 14;
/** Width of a bold letter as a share of its height, and of the rim around it in pixels. */
const LETTER = 0.65;
const RIM = 4;
/** Of a line of words beneath the picture, in letters a pixel. */
const LETTERS_PER_PIXEL = 1 / 7.5;
/** The largest defects are named; more names would hide the picture. */
const NAMED = 12;

/**
 * @param frame of the camera, in its own size
 * @param seen the size that the model saw it in, which mask and boxes are in
 * @returns JPEG
 */
export async function drawFindings(
	frame: Pixels,
	seen: Size,
	mask: Float32Array | undefined,
	{ verdict, why, defects }: Findings,
): Promise<Uint8Array> {
	const scale = Math.max(1, Math.round(WANTED / Math.max(frame.width, frame.height)));
	const picture = await resizePixels(frame, scale * frame.width, scale * frame.height);
	const heat = mask && stretchMap(mask, seen, picture);
	const outlines = heat ? [{ mask: Uint8Array.from(heat, (p) => (p > MASK_THRESHOLD ? 1 : 0)), colour: OUTLINE }] : [];
	const named = defects.slice(0, NAMED).map((defect) => ({ defect, box: boxIn(picture, seen, defect) }));
	const drawn = drawOverlay(picture, { outlines, boxes: named.map(({ box }) => ({ box, colour: OUTLINE })) });
	const words = await drawTexts(
		drawn,
		placeNames(named, picture).map((name) => toText(name, picture)),
	);
	const caption = [verdict.toUpperCase(), ...wrap(why ?? '', picture.width * LETTERS_PER_PIXEL)];
	return encodeJpeg(await captionedSheet([{ pixels: words, caption }], { columns: 1 }));
}

function boxIn(picture: Size, seen: Size, { box }: Defect): Box {
	const [x, y] = [picture.width / seen.width, picture.height / seen.height];
	const [left, top] = [Math.floor(box.x * x), Math.floor(box.y * y)];
	return {
		x: left,
		y: top,
		width: Math.ceil((box.x + box.width) * x) - left,
		height: Math.ceil((box.y + box.height) * y) - top,
	};
}

interface Name {
	readonly text: string;
	readonly x: number;
	readonly baseline: number;
	readonly width: number;
}

/** Above its box, beneath it or in it; without a name where others leave no room, which happens to the smaller ones. */
function placeNames(named: readonly { readonly defect: Defect; readonly box: Box }[], picture: Size): Name[] {
	const placed: Name[] = [];
	for (const { defect, box } of named) {
		const text = sayDefect(defect);
		const width = Math.ceil(text.length * LETTERS * LETTER);
		const x = Math.max(RIM, Math.min(box.x, picture.width - width - RIM));
		const places = [box.y - RIM - 2, box.y + box.height + LETTERS + RIM, box.y + LETTERS + RIM]
			.filter((baseline) => baseline > LETTERS && baseline < picture.height - RIM)
			.map((baseline) => ({ text, x, baseline, width }));
		const free = places.find((place) => placed.every((other) => areApart(place, other)));
		if (free) placed.push(free);
	}
	return placed;
}

function areApart(one: Name, other: Name): boolean {
	const isBeside = one.x > other.x + other.width + RIM || other.x > one.x + one.width + RIM;
	return isBeside || Math.abs(one.baseline - other.baseline) > LETTERS + RIM;
}

function toText({ text, x, baseline }: Name, { width }: Size): DrawnText {
	return { text, x, baseline, width, size: LETTERS, bold: true, colour: '#fff', rim: '#a01010' };
}

/** Lines of about so many letters, broken between words. */
function wrap(text: string, letters: number): string[] {
	const lines: string[] = [];
	for (const word of text.split(' ')) {
		const last = lines.at(-1);
		if (last !== undefined && last.length + word.length < letters) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}
	return lines;
}
