/** How weights start: the table of initialisers. */
import type { Random } from '../base/random.ts';

/** What an initialiser fills: `rows` filters of `columns` inputs each. */
export interface Weights {
	readonly rows: number;
	readonly columns: number;
	/** Values that one output is computed from, and outputs that one input goes to. */
	readonly fanIn: number;
	readonly fanOut: number;
}

type Initialize = (random: Random, weights: Weights) => Float32Array;

export const INITIALIZERS = {
	/** He et al. 2015: keeps the variance through ReLU. */
	he: normal(({ fanIn }) => Math.sqrt(2 / fanIn)),
	'he-uniform': uniform(({ fanIn }) => Math.sqrt(2 / fanIn)),
	/** Glorot and Bengio 2010: keeps the variance through tanh, forwards and backwards. */
	glorot: normal(({ fanIn, fanOut }) => Math.sqrt(2 / (fanIn + fanOut))),
	'glorot-uniform': uniform(({ fanIn, fanOut }) => Math.sqrt(2 / (fanIn + fanOut))),
	/** LeCun et al. 1998: keeps the variance through linear and self-normalising layers. */
	lecun: normal(({ fanIn }) => Math.sqrt(1 / fanIn)),
	'lecun-uniform': uniform(({ fanIn }) => Math.sqrt(1 / fanIn)),
	/** Saxe et al. 2014: filters at right angles, all of length √2 as ReLU wants them. */
	orthogonal,
	/** What a careless start looks like: too small for any depth. */
	small: normal(() => 0.01),
	/** Too large for any depth: signals and gradients grow from layer to layer. */
	large: normal(({ fanIn }) => 3 * Math.sqrt(2 / fanIn)),
	/** Nothing: for weights that come from elsewhere, and for counting. */
	zeros: (_random, { rows, columns }) => new Float32Array(rows * columns),
} as const satisfies Record<string, Initialize>;

export type Initializer = keyof typeof INITIALIZERS;

export const INITIALIZER_NAMES = Object.keys(INITIALIZERS) as [Initializer, ...Initializer[]];

function normal(deviation: (weights: Weights) => number): Initialize {
	return (random, weights) => {
		const scale = deviation(weights);
		return filledBy(weights, () => random.normal() * scale);
	};
}

/** Uniform in ±√3·σ, which has the standard deviation σ. */
function uniform(deviation: (weights: Weights) => number): Initialize {
	return (random, weights) => {
		const limit = Math.sqrt(3) * deviation(weights);
		return filledBy(weights, () => random.between(-limit, limit));
	};
}

function filledBy({ rows, columns }: Weights, draw: () => number): Float32Array {
	const data = new Float32Array(rows * columns);
	for (let i = 0; i < data.length; i++) data[i] = draw();
	return data;
}

/** Normal vectors made orthogonal one after another (modified Gram–Schmidt): rows, or columns where rows are more. */
function orthogonal(random: Random, weights: Weights): Float32Array {
	const { rows, columns } = weights;
	const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
	const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, () => random.normal()));
	for (const [i, vector] of vectors.entries()) {
		for (const earlier of vectors.slice(0, i)) subtract(vector, earlier, dot(vector, earlier));
		const scale = 1 / Math.sqrt(dot(vector, vector));
		for (let k = 0; k < length; k++) vector[k] *= scale;
	}
	let at = 0;
	const value = (row: number, column: number) => (rows <= columns ? vectors[row][column] : vectors[column][row]);
	return filledBy(weights, () => {
		const [row, column] = [Math.floor(at / columns), at % columns];
		at++;
		return Math.SQRT2 * value(row, column);
	});
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
	return sum;
}

function subtract(vector: Float64Array, other: Float64Array, times: number): void {
	for (let k = 0; k < vector.length; k++) vector[k] -= times * other[k];
}
