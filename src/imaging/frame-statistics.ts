/** What a frame looks like, in a few figures that light, lens and surface move: measured on a sample of its pixels, in bounded time. */
import type { Pixels } from './pixels.ts';

export interface FrameStatistics {
	/** Mean grey level, 0 to 255. */
	readonly brightness: number;
	/** Grey levels that 5 % and 95 % of the pixels stay below: what stray light lifts, and what clips. */
	readonly shadows: number;
	readonly highlights: number;
	/** Standard deviation over mean, which dimming the light leaves as it is. */
	readonly contrast: number;
	/** Logarithm of the energy of fine detail over that of coarser detail; neither light nor contrast moves it, a blur does. */
	readonly sharpness: number;
	/** Shares of red and blue in all light; of colour frames only. */
	readonly red?: number;
	readonly blue?: number;
	/** What the surface is made of, whatever its brightness and contrast: SIGNATURE_LENGTH numbers. */
	readonly signature: readonly number[];
}

/** Distances in pixels at which detail is measured. */
const SCALES = [1, 2, 4, 8];
/** Steps along x, along y and along both diagonals. */
const DIRECTIONS = [
	[1, 0],
	[0, 1],
	[1, 1],
	[1, -1],
] as const;

/** A logarithm of energy per scale and direction, and how sparse the detail is per scale. */
export const SIGNATURE_LENGTH = SCALES.length * DIRECTIONS.length + SCALES.length;

/** Pixels that levels are taken from, and those that detail is measured around. */
const LEVEL_SAMPLES = 16_384;
const DETAIL_SAMPLES = 4096;
/** Energy of one rounding error and a little noise, in squared grey levels: what even areas are measured against. */
const FLOOR = 0.25;

/** Looks at no more than some 20,000 places, spread over the whole frame, whatever its size. */
export function frameStatistics(pixels: Pixels): FrameStatistics {
	return { ...levelsOf(pixels), ...detailOf(pixels) };
}

function levelsOf({ width, height, channels, data }: Pixels) {
	const area = width * height;
	const histogram = new Uint32Array(256);
	const step = spread(area, width);
	const sums = [0, 0, 0];
	for (let i = 0; i < area; i += step) {
		if (channels === 1) histogram[data[i]]++;
		else {
			const at = 3 * i;
			sums[0] += data[at];
			sums[1] += data[at + 1];
			sums[2] += data[at + 2];
			histogram[greyOf(data, at)]++;
		}
	}
	const { mean, deviation, quantile } = describe(histogram);
	return {
		brightness: mean,
		shadows: quantile(0.05),
		highlights: quantile(0.95),
		contrast: deviation / Math.max(mean, 1),
		...(channels === 3 ? coloursOf(sums) : {}),
	};
}

/** A step that visits enough pixels and, having no divisor in common with the width, every column. */
function spread(area: number, width: number): number {
	let step = Math.max(1, Math.floor(area / LEVEL_SAMPLES));
	while (commonDivisor(step, width) > 1) step++;
	return step;
}

function commonDivisor(a: number, b: number): number {
	return b === 0 ? a : commonDivisor(b, a % b);
}

function greyOf(data: Uint8Array, at: number): number {
	return (data[at] + 2 * data[at + 1] + data[at + 2]) >> 2;
}

function describe(histogram: Uint32Array) {
	let count = 0;
	let sum = 0;
	let squares = 0;
	for (let level = 0; level < 256; level++) {
		count += histogram[level];
		sum += histogram[level] * level;
		squares += histogram[level] * level * level;
	}
	const mean = sum / count;
	/** Interpolated inside the level, so that many frames do not share one value. */
	const quantile = (share: number) => {
		let left = share * count;
		for (let level = 0; level < 256; level++) {
			if (histogram[level] >= left) return level - 0.5 + left / histogram[level];
			left -= histogram[level];
		}
		return 255;
	};
	return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), quantile };
}

function coloursOf([red, green, blue]: readonly number[]) {
	const all = Math.max(red + green + blue, 1);
	return { red: red / all, blue: blue / all };
}

/** Second differences along four directions at four distances, squared and absolute, averaged over sampled places. */
function detailOf({ width, height, channels, data }: Pixels): Pick<FrameStatistics, 'sharpness' | 'signature'> {
	const reach = Math.min(8, (Math.min(width, height) - 1) >> 1);
	const places = placesOf(width, height, reach);
	const sum = channels === 1 ? sumGrey : sumColour;
	const energies: number[] = [];
	const sparsities: number[] = [];
	for (const scale of SCALES) {
		const distance = Math.min(scale, reach);
		const { absolute, squares } = sum(data, places, distance, width);
		for (const energy of squares) energies.push(energy / places.length + FLOOR);
		const total = squares.reduce((all, energy) => all + energy, 0);
		const n = places.length * DIRECTIONS.length;
		sparsities.push((absolute / n) ** 2 / (total / n + FLOOR));
	}
	const logs = energies.map(Math.log);
	const middle = logs.reduce((sum, value) => sum + value, 0) / logs.length;
	return {
		sharpness: Math.log((energies[0] + energies[1]) / (energies[8] + energies[9])),
		signature: [...logs.map((value) => value - middle), ...sparsities.map((value) => 4 * value)],
	};
}

const placesBySize = new Map<string, Int32Array>();

/** Indices of pixels that have neighbours at every distance: rows apart, all along each row or at steps, shifted from row to row. */
function placesOf(width: number, height: number, reach: number): Int32Array {
	const key = `${width}x${height}`;
	const known = placesBySize.get(key);
	if (known) return known;
	const across = width - 2 * reach;
	const down = height - 2 * reach;
	const stepX = Math.max(1, Math.round(across / 128));
	const rows = Math.min(down, Math.max(1, Math.floor((DETAIL_SAMPLES * stepX) / across)));
	const places: number[] = [];
	for (let row = 0; row < rows; row++) {
		const y = reach + Math.floor(((row + 0.5) * down) / rows);
		for (let x = reach + (row % stepX); x < width - reach; x += stepX) places.push(y * width + x);
	}
	if (placesBySize.size > 16) placesBySize.clear();
	const kept = Int32Array.from(places);
	placesBySize.set(key, kept);
	return kept;
}

/** Along all directions at once: absolute differences together, their squares one by one. Whole numbers, whatever the order. */
function sumGrey(data: Uint8Array, places: Int32Array, distance: number, width: number) {
	const rows = distance * width;
	let [absolute, across, down, falling, rising] = [0, 0, 0, 0, 0];
	for (let k = 0; k < places.length; k++) {
		const i = places[k];
		const middle = 2 * data[i];
		const x = data[i - distance] + data[i + distance] - middle;
		const y = data[i - rows] + data[i + rows] - middle;
		const f = data[i - rows - distance] + data[i + rows + distance] - middle;
		const r = data[i - rows + distance] + data[i + rows - distance] - middle;
		absolute += Math.abs(x) + Math.abs(y) + Math.abs(f) + Math.abs(r);
		across += x * x;
		down += y * y;
		falling += f * f;
		rising += r * r;
	}
	return { absolute, squares: [across, down, falling, rising] };
}

function sumColour(data: Uint8Array, places: Int32Array, distance: number, width: number) {
	let absolute = 0;
	const squares = DIRECTIONS.map(([dx, dy]) => {
		const step = 3 * distance * (dy * width + dx);
		let total = 0;
		for (let k = 0; k < places.length; k++) {
			const i = 3 * places[k];
			const d = greyOf(data, i - step) + greyOf(data, i + step) - 2 * greyOf(data, i);
			absolute += Math.abs(d);
			total += d * d;
		}
		return total;
	});
	return { absolute, squares };
}
