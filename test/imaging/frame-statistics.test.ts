import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { frameStatistics, SIGNATURE_LENGTH } from '../../src/imaging/frame-statistics.ts';
import type { Pixels } from '../../src/imaging/pixels.ts';
import { renderPart } from '../../src/imaging/simulated-line/simulated-line.ts';

const WIDTH = 96;
const HEIGHT = 80;

function grey(at: (x: number, y: number) => number): Pixels {
	const data = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => at(i % WIDTH, Math.floor(i / WIDTH)));
	return { width: WIDTH, height: HEIGHT, channels: 1, data };
}

const part = (index: number) => renderPart({ seed: 5, index, width: 128, height: 128, surface: 'cast' }).pixels;

const mapped = (pixels: Pixels, change: (value: number) => number): Pixels => ({
	...pixels,
	data: pixels.data.map((value) => Math.max(0, Math.min(255, Math.round(change(value))))),
});

/** Each pixel becomes the mean of itself and its eight neighbours. */
function blurred(pixels: Pixels): Pixels {
	const { width, height, data } = pixels;
	const at = (x: number, y: number) =>
		data[Math.max(0, Math.min(height - 1, y)) * width + Math.max(0, Math.min(width - 1, x))];
	const soft = data.map((_, i) => {
		let sum = 0;
		for (let dy = -1; dy <= 1; dy++)
			for (let dx = -1; dx <= 1; dx++) sum += at((i % width) + dx, Math.floor(i / width) + dy);
		return Math.round(sum / 9);
	});
	return { ...pixels, data: soft };
}

t.test('levels of a ramp are those of the ramp', async (t) => {
	const { brightness, shadows, highlights, contrast } = frameStatistics(grey((x) => 2 * x + 10));
	t.ok(Math.abs(brightness - 105) < 1.5, String(brightness));
	t.ok(Math.abs(shadows - 19.5) < 2.5, String(shadows));
	t.ok(Math.abs(highlights - 190.5) < 2.5, String(highlights));
	t.ok(Math.abs(contrast - 55.4 / 105) < 0.02, String(contrast));
});

t.test('less light moves brightness and neither contrast nor sharpness', async (t) => {
	const [before, after] = [part(0), mapped(part(0), (value) => 0.9 * value)].map(frameStatistics);
	t.ok(Math.abs(after.brightness / before.brightness - 0.9) < 0.01);
	t.ok(Math.abs(after.contrast / before.contrast - 1) < 0.01);
	t.ok(Math.abs(after.sharpness - before.sharpness) < 0.1);
});

t.test('a blur of one pixel moves sharpness by far, and brightness not at all', async (t) => {
	const [before, after] = [part(1), blurred(part(1))].map(frameStatistics);
	t.ok(before.sharpness - after.sharpness > 0.7, `${before.sharpness} → ${after.sharpness}`);
	t.ok(Math.abs(after.brightness / before.brightness - 1) < 0.01);
});

t.test('another texture of the same mean and contrast has another signature', async (t) => {
	const random = new Random(9);
	const noise = () => grey(() => 100 + 20 * (2 * random.uniform() - 1));
	const lines = (phase: number) => grey((x) => 100 + 16.3 * Math.sin((2 * Math.PI * x) / 6 + phase));
	const apart = (a: Pixels, b: Pixels) => {
		const [p, q] = [a, b].map((pixels) => frameStatistics(pixels).signature);
		return Math.hypot(...p.map((value, i) => value - q[i]));
	};
	t.ok(apart(noise(), noise()) < 0.5);
	t.ok(apart(lines(0), lines(2)) < 0.5);
	t.ok(apart(noise(), lines(0)) > 5);
	t.equal(frameStatistics(noise()).signature.length, SIGNATURE_LENGTH);
});

t.test('the colour of the light shows as shares of red and blue, on colour frames only', async (t) => {
	const data = new Uint8Array(64 * 64 * 3);
	for (let i = 0; i < data.length; i += 3) data.set([100, 50, 50], i);
	const { red, blue, brightness } = frameStatistics({ width: 64, height: 64, channels: 3, data });
	t.same([red, blue], [0.5, 0.25]);
	t.ok(Math.abs(brightness - 62) < 1);
	t.notOk('red' in frameStatistics(part(2)));
});

t.test('tiny, narrow and even frames give finite figures', async (t) => {
	for (const [width, height] of [
		[8, 8],
		[8, 300],
		[700, 9],
	]) {
		const pixels = { width, height, channels: 1, data: new Uint8Array(width * height) } as const;
		const { signature, ...figures } = frameStatistics(pixels);
		for (const value of [...signature, ...Object.values(figures)]) t.ok(Number.isFinite(value), String(value));
	}
});
