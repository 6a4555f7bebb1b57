/** The picture of a part for people who look at files: the camera's own frame, what was found on it, and the verdict in words. */
import { captionedSheet } from '../../imaging/captioned-sheet.ts';
import { resizePixels } from '../../imaging/decode-image.ts';
import { type DrawnText, drawTexts } from '../../imaging/draw-texts.ts';
import { encodeJpeg } from '../../imaging/encode-image.ts';
import { type Box, type Colour, drawOverlay } from '../../imaging/overlay.ts';
import type { Pixels } from '../../imaging/pixels.ts';
import { stretchMap } from '../../imaging/stretch-map.ts';
import { placeMask } from '../../imaging/view/fit-view.ts';
import type { Region, Size, ViewLayout } from '../../imaging/view/lay-out-view.ts';
import { MASK_THRESHOLD } from '../decision/measure-defects.ts';
import { sayDefect } from '../decision/words.ts';
import type { Defect, Inspection } from '../inspection.ts';

type Findings = Pick<Inspection, 'verdict' | 'why' | 'defects'>;

const OUTLINE: Colour = [255, 64, 64];
/** Of the region of interest and of tiles, when it is not simply the whole image. */
const VIEW: Colour = [64, 160, 255];
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
 * @param layout where the view lies on it; mask and defects are in the size seen
 * @returns JPEG
 */
export async function drawFindings(
	frame: Pixels,
	layout: ViewLayout,
	mask: Float32Array | undefined,
	{ verdict, why, defects }: Findings,
): Promise<Uint8Array> {
	const scale = Math.max(1, Math.round(WANTED / Math.max(frame.width, frame.height)));
	const picture = await resizePixels(frame, scale * frame.width, scale * frame.height);
	const region = scaled(layout.roi, scale);
	const outlines = mask ? [{ mask: outlineOf(mask, layout.seen, region, picture), colour: OUTLINE }] : [];
	const named = defects.slice(0, NAMED).map((defect) => ({ defect, box: boxIn(region, layout.seen, defect.box) }));
	const boxes = [
		...bordersOf(layout, region, picture).map((box) => ({ box, colour: VIEW })),
		...named.map(({ box }) => ({ box, colour: OUTLINE })),
	];
	const drawn = drawOverlay(picture, { outlines, boxes });
	const words = await drawTexts(
		drawn,
		placeNames(named, picture).map((name) => toText(name, picture)),
	);
	const caption = [verdict.toUpperCase(), ...wrap(why ?? '', picture.width * LETTERS_PER_PIXEL)];
	return encodeJpeg(await captionedSheet([{ pixels: words, caption }], { columns: 1 }));
}

function scaled({ x, y, width, height }: Region, scale: number): Region {
	return { x: scale * x, y: scale * y, width: scale * width, height: scale * height };
}

/** The mask in the size of the picture. @param region of the picture that was seen */
function outlineOf(mask: Float32Array, seen: Size, region: Region, picture: Size): Uint8Array {
	const data = Uint8Array.from(stretchMap(mask, seen, region), (p) => (p > MASK_THRESHOLD ? 1 : 0));
	return placeMask({ ...region, data }, region, picture).data;
}

function boxIn(region: Region, seen: Size, box: Box): Box {
	const [x, y] = [region.width / seen.width, region.height / seen.height];
	const [left, top] = [Math.floor(box.x * x), Math.floor(box.y * y)];
	return {
		x: region.x + left,
		y: region.y + top,
		width: Math.ceil((box.x + box.width) * x) - left,
		height: Math.ceil((box.y + box.height) * y) - top,
	};
}

/** Of the region when it is not the whole picture, and of the tiles when there are several; inside the picture. */
function bordersOf({ seen, tile, tiles }: ViewLayout, region: Region, picture: Size): Box[] {
	const inside = ({ x, y, width, height }: Box) => ({ x: x + 1, y: y + 1, width: width - 2, height: height - 2 });
	const isWhole = region.width === picture.width && region.height === picture.height;
	const rest = (length: number, from: number) => Math.min(length, from);
	const ofTiles = tiles.map(({ x, y }) =>
		boxIn(region, seen, { x, y, width: rest(tile.width, seen.width - x), height: rest(tile.height, seen.height - y) }),
	);
	return [...(isWhole ? [] : [region]), ...(tiles.length > 1 ? ofTiles : [])].map(inside);
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
