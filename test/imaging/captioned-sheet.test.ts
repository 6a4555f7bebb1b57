import t from 'tap';
import { captionedSheet } from '../../src/imaging/captioned-sheet.ts';
import { drawTexts } from '../../src/imaging/draw-texts.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';

function grey(side: number, level: number): Pixels {
	return { width: side, height: side, channels: 1, data: new Uint8Array(side * side).fill(level) };
}

t.test('titles and captions have rows of their own and cover no picture', async (t) => {
	const tiles = [40, 80, 120].map((level) => ({ pixels: grey(50, level), caption: ['<a> & b', 'second'] }));
	const sheet = await captionedSheet(tiles, { columns: 2, titles: ['left', 'right'] });
	t.match(sheet, { width: 102, height: 22 + 2 * (50 + 38 + 2) - 2, channels: 3 });
	const at = (x: number, y: number) => sheet.data[3 * (y * sheet.width + x)];
	for (const [n, level] of [40, 80, 120].entries())
		for (const [x, y] of [
			[0, 0],
			[49, 0],
			[0, 49],
			[49, 49],
		])
			t.equal(at((n % 2) * 52 + x, 22 + Math.floor(n / 2) * 90 + y), level);
	const dark = (from: number, to: number) => sheet.data.subarray(3 * from * 102, 3 * to * 102).some((v) => v < 60);
	t.ok(dark(0, 22), 'titles are written');
	t.ok(dark(72, 110), 'captions are written');
});

t.test('a sheet without words is a plain contact sheet', async (t) => {
	t.match(await captionedSheet([{ pixels: grey(4, 9) }], { columns: 1 }), { width: 4, height: 4 });
});

t.test('long texts keep their end, and stay in their width', async (t) => {
	const white: Pixels = { width: 200, height: 20, channels: 3, data: new Uint8Array(200 * 20 * 3).fill(255) };
	const text = `${'folder/'.repeat(20)}image.png`;
	const { data } = await drawTexts(white, [{ text, x: 2, baseline: 14, width: 100, size: 12 }]);
	let right = 0;
	for (let i = 0; i < 200 * 20; i++) if (data[3 * i] < 128) right = Math.max(right, i % 200);
	t.ok(right > 70 && right < 125, `up to ${right}`);
	t.ok(
		white.data.every((value) => value === 255),
		'the given picture stays',
	);
});
