import t from 'tap';
import { contactSheet } from '../../src/imaging/contact-sheet.ts';
import { drawOverlay } from '../../src/imaging/overlay.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';

const RED = [255, 0, 0] as const;
const grey = (width: number, height: number, level = 100): Pixels => ({
	width,
	height,
	channels: 1,
	data: new Uint8Array(width * height).fill(level),
});

/** One letter a pixel: `r` red, `g` the untouched grey 100, `?` anything else. */
function picture({ width, height, data }: Pixels): string[] {
	const letter = (i: number) => {
		const rgb = [...data.subarray(3 * i, 3 * i + 3)].join();
		return rgb === '255,0,0' ? 'r' : rgb === '100,100,100' ? 'g' : '?';
	};
	return Array.from({ length: height }, (_, y) =>
		Array.from({ length: width }, (_, x) => letter(y * width + x)).join(''),
	);
}

t.test('an outline runs around the mask and leaves the defect visible', (t) => {
	const mask = new Uint8Array(25);
	mask.set([255, 255], 11);
	t.same(picture(drawOverlay(grey(5, 5), { outlines: [{ mask, colour: RED }] })), [
		'ggggg',
		'grrgg',
		'rggrg',
		'grrgg',
		'ggggg',
	]);
	t.end();
});

t.test('a box is drawn around its pixels and clipped at the border', (t) => {
	const boxes = [{ box: { x: 0, y: 1, width: 2, height: 1 }, colour: RED }];
	t.same(picture(drawOverlay(grey(4, 4), { boxes })), ['rrrg', 'ggrg', 'rrrg', 'gggg']);
	t.end();
});

t.test('heat shows only what is suspected, and never hides it', (t) => {
	const heat = Float32Array.of(0, 0.05, 0.5, 1);
	const drawn = drawOverlay(grey(4, 1), { heat });
	t.same(picture(drawn), ['gg??']);
	t.same([...drawn.data.subarray(9, 12)], [193, 40, 40], '60 % red over grey');
	t.end();
});

t.test('the given pixels stay as they are', (t) => {
	const colour: Pixels = { width: 2, height: 1, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
	drawOverlay(colour, { heat: Float32Array.of(1, 1) });
	t.same([...colour.data], [1, 2, 3, 4, 5, 6]);
	t.end();
});

t.test('a contact sheet sets tiles in rows with gaps, scaled', (t) => {
	const sheet = contactSheet([grey(1, 1), grey(1, 1), grey(1, 1)], { columns: 2, scale: 2 });
	t.match(sheet, { width: 6, height: 6, channels: 3 });
	t.same(picture(sheet), ['gg??gg', 'gg??gg', '??????', '??????', 'gg????', 'gg????']);
	t.end();
});
