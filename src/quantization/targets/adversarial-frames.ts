/** Frames that no line shows, to drive a network's values to their extremes: dark, bright, and every contrast between. */
import { Random } from '../../base/random.ts';

interface Picture {
	readonly name: string;
	/** uint8[height,width,channels]. */
	readonly pixels: Uint8Array;
}

/** @param dims [1, height, width, channels] */
export function adversarialFrames([, height, width, channels]: readonly number[]): readonly Picture[] {
	const random = new Random(1);
	const frame = (name: string, value: (y: number, x: number, c: number) => number): Picture => {
		const pixels = new Uint8Array(height * width * channels);
		for (let i = 0; i < pixels.length; i++) {
			const place = Math.floor(i / channels);
			pixels[i] = value(Math.floor(place / width), place % width, i % channels);
		}
		return { name, pixels };
	};
	const lit = (on: boolean) => (on ? 255 : 0);
	const center = (y: number, x: number) => y === height >> 1 && x === width >> 1;
	const frames = [
		frame('black', () => 0),
		frame('white', () => 255),
		frame('checkerboard of pixels', (y, x) => lit((x + y) % 2 === 0)),
		frame('checkerboard of 8 pixels', (y, x) => lit(((x >> 3) + (y >> 3)) % 2 === 0)),
		frame('left dark, right bright', (_y, x) => lit(x >= width / 2)),
		frame('top bright, bottom dark', (y) => lit(y < height / 2)),
		frame('one bright pixel', (y, x) => lit(center(y, x))),
		frame('one dark pixel', (y, x) => lit(!center(y, x))),
		frame('noise', () => random.integer(256)),
		frame('black and white noise', () => lit(random.integer(2) === 1)),
	];
	const pure = Array.from({ length: channels === 3 ? 3 : 0 }, (_, only) =>
		frame(`only channel ${only}`, (_y, _x, c) => lit(c === only)),
	);
	return [...frames, ...pure];
}
