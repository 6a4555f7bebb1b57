/** Changes of one image by a stated strength, with nothing left to chance: for measuring what a model bears. */
import type { SampleSize } from './augmentation.ts';
import { createBlur } from './blur.ts';
import { createWarp } from './warp.ts';

/**
 * Changes an image (float32 [H,W,C] in [0,1]) and its mask in place.
 *
 * @param turn counts images, so that directions take turns
 */
export type ApplyChange = (image: Float32Array, mask: Float32Array, strength: number, turn: number) => void;

export interface Change {
	readonly name: string;
	/** Of the strengths, such as `degrees`. */
	readonly unit: string;
	/** Ascending; 0 changes nothing. */
	readonly strengths: readonly number[];
	create(size: SampleSize): ApplyChange;
}

/** Directions take turns; one that would push most of the defect out of the picture gives way to the next. */
export const CHANGES: readonly Change[] = [
	{
		name: 'Rotation',
		unit: 'degrees',
		strengths: [0, 2, 5, 10, 15, 30],
		create: (size) => inTurns(size, [1, -1], (degrees, sign) => rotation(size, sign * degrees)),
	},
	{
		name: 'Shift',
		unit: '% of width and height',
		strengths: [0, 2, 5, 10, 15, 20],
		create: (size) =>
			inTurns(size, DIAGONALS, (percent, [right, down]) => {
				const [dx, dy] = [(right * percent * size.width) / 100, (down * percent * size.height) / 100];
				return (x, y) => [x - dx, y - dy];
			}),
	},
	{
		name: 'Brightness',
		unit: '% of full scale',
		strengths: [-30, -20, -10, 0, 10, 20, 30],
		create: () => (image, _mask, percent) => {
			for (let i = 0; i < image.length; i++) image[i] = Math.min(1, Math.max(0, image[i] + percent / 100));
		},
	},
	{
		name: 'Blur',
		unit: 'pixels, standard deviation',
		strengths: [0, 0.5, 1, 1.5, 2, 3],
		create: (size) => {
			const blur = createBlur(size);
			return (image, _mask, sigma) => blur(image, sigma);
		},
	},
];

const DIAGONALS = [
	[1, 1],
	[-1, 1],
	[-1, -1],
	[1, -1],
] as const;

/** Where pixel (x, y) of the result comes from. */
type Source = (x: number, y: number) => readonly [x: number, y: number];

function rotation({ width, height }: SampleSize, degrees: number): Source {
	const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
	const [centreX, centreY] = [(width - 1) / 2, (height - 1) / 2];
	return (x, y) => [
		centreX + cos * (x - centreX) + sin * (y - centreY),
		centreY - sin * (x - centreX) + cos * (y - centreY),
	];
}

/** The warp leaves an image as it is when most of the defect would leave the picture. */
function inTurns<T>(
	size: SampleSize,
	directions: readonly T[],
	source: (strength: number, direction: T) => Source,
): ApplyChange {
	const warp = createWarp(size);
	return (image, mask, strength, turn) => {
		const before = image.slice();
		for (let attempt = 0; attempt < directions.length; attempt++) {
			const from = source(strength, directions[(turn + attempt) % directions.length]);
			for (let y = 0, i = 0; y < size.height; y++)
				for (let x = 0; x < size.width; x++, i++) [warp.x[i], warp.y[i]] = from(x, y);
			warp.apply(image, mask, 1);
			if (image.some((value, i) => value !== before[i])) return;
		}
	};
}
