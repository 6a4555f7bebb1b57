/** Distributions of scores that can be drawn from and whose tail is known exactly: the truth that promises are held against. */
import type { Random } from '../../base/random.ts';

export interface Distribution {
	draw(random: Random): number;
	/** P(score ≥ threshold), exactly: the share of all parts that the threshold flags. */
	atLeast(threshold: number): number;
}

/** U^(1/a): uniform for a = 1, the nearer to 1 the larger a is. */
export function power(a: number): Distribution {
	return {
		draw: (random) => random.uniform() ** (1 / a),
		atLeast: (threshold) => 1 - clamp(threshold) ** a,
	};
}

/** 1 − U^(1/b): the nearer to 0 the larger b is. */
export function mirrored(b: number): Distribution {
	return {
		draw: (random) => 1 - random.uniform() ** (1 / b),
		atLeast: (threshold) => (1 - clamp(threshold)) ** b,
	};
}

/** A logistic variable through a sigmoid: what the head of a network gives. */
export function logistic(location: number, scale: number): Distribution {
	return {
		draw: (random) => sigmoid(location + scale * logit(random.uniform())),
		atLeast: (threshold) => 1 - sigmoid((logit(clamp(threshold)) - location) / scale),
	};
}

/** A few values with their probabilities, in rising order: nothing but ties. */
export function discrete(values: readonly number[], probabilities: readonly number[]): Distribution {
	const tails = values.map((_, i) => probabilities.slice(i).reduce((sum, p) => sum + p, 0));
	const firstAtLeast = (threshold: number) => {
		let low = 0;
		let high = values.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (values[middle] >= threshold) high = middle;
			else low = middle + 1;
		}
		return low;
	};
	return {
		draw(random) {
			// The last value whose tail is above u: drawn with exactly its probability.
			const u = random.uniform() * tails[0];
			let i = values.length - 1;
			while (tails[i] <= u) i--;
			return values[i];
		},
		atLeast: (threshold) => (tails[firstAtLeast(threshold)] ?? 0) / tails[0],
	};
}

/** The 256 codes of an int8 output, from a continuous distribution. */
export function codes(of: Distribution): Distribution {
	const values = Array.from({ length: 256 }, (_, i) => i / 255);
	const edge = (i: number) => (i === 0 ? 1 : i > 255 ? 0 : of.atLeast((i - 0.5) / 255));
	return {
		draw: (random) => values[Math.round(of.draw(random) * 255)],
		atLeast(threshold) {
			const first = values.findIndex((value) => value >= threshold);
			return edge(first === -1 ? 256 : first);
		},
	};
}

/** `share` of the parts score `value` exactly, the others as `rest`. */
export function tied(share: number, value: number, rest: Distribution): Distribution {
	return {
		draw: (random) => (random.chance(share) ? value : rest.draw(random)),
		atLeast: (threshold) => share * Number(value >= threshold) + (1 - share) * rest.atLeast(threshold),
	};
}

function clamp(threshold: number): number {
	return Math.min(1, Math.max(0, threshold));
}

function sigmoid(x: number): number {
	return 1 / (1 + Math.exp(-x));
}

function logit(p: number): number {
	return Math.log(p) - Math.log1p(-p);
}
