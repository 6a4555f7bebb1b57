/** A part's score from several at once: logistic regression on their logits, with as many parameters as there are scores, and one. */

/** Scores are kept this far from 0 and 1, whose logits are infinite. */
const EDGE = 1e-6;

/** sigmoid(bias + Σ weight · logit(score)), scores within [edge, 1 − edge]; no weight is below 0. */
export interface LearnedScore {
	readonly bias: number;
	/** By the kind of score; kinds of weight 0 are left out. */
	readonly weights: Readonly<Record<string, number>>;
	readonly edge: number;
}

export interface ScoredByKinds {
	/** By kind, each in [0,1]; the same kinds for all. */
	readonly scores: Readonly<Record<string, number>>;
	readonly defective: boolean;
	/** The part that it shows. */
	readonly group: string;
}

/** Of the weights' squares, for scores of deviation 1: keeps them finite where a score separates perfectly. */
const RIDGE = 1;
const STEPS = 30;

export function learnedScoreOf(scores: ScoredByKinds['scores'], { bias, weights }: LearnedScore): number {
	return sigmoid(Object.entries(weights).reduce((sum, [kind, weight]) => sum + weight * logit(scores[kind]), bias));
}

/** A kind that would count against a defect is dropped, the worst first: on few parts that is chance. */
export function fitLearnedScore(items: readonly ScoredByKinds[], kinds: readonly string[]): LearnedScore {
	const fitted = regress(items, kinds);
	const worst = kinds.reduce((a, b) => (fitted.weights[b] < fitted.weights[a] ? b : a));
	if (fitted.weights[worst] > 0 || kinds.length === 1) return fitted;
	return fitLearnedScore(
		items,
		kinds.filter((kind) => kind !== worst),
	);
}

/** Newton's method on the penalised likelihood, on logits of mean 0 and deviation 1. */
function regress(items: readonly ScoredByKinds[], kinds: readonly string[]): LearnedScore {
	const columns = kinds.map((kind) => standardized(items.map(({ scores }) => logit(scores[kind]))));
	const rows = items.map((_, i) => [1, ...columns.map(({ values }) => values[i])]);
	let theta = rows[0].map(() => 0);
	for (let step = 0; step < STEPS; step++) {
		const gradient = theta.map((value, j) => (j === 0 ? 0 : RIDGE * value));
		const hessian = theta.map((_, j) => theta.map((_, k) => (j === k ? (j === 0 ? 1e-9 : RIDGE) : 0)));
		for (const [i, row] of rows.entries()) {
			const p = sigmoid(row.reduce((sum, x, j) => sum + x * theta[j], 0));
			for (const [j, x] of row.entries()) {
				gradient[j] += (p - (items[i].defective ? 1 : 0)) * x;
				for (const [k, z] of row.entries()) hessian[j][k] += p * (1 - p) * x * z;
			}
		}
		const change = solve(hessian, gradient);
		theta = theta.map((value, j) => value - change[j]);
		if (Math.max(...change.map(Math.abs)) < 1e-9) break;
	}
	const weights = columns.map(({ deviation }, k) => theta[k + 1] / deviation);
	return {
		bias: theta[0] - weights.reduce((sum, weight, k) => sum + weight * columns[k].mean, 0),
		weights: Object.fromEntries(kinds.map((kind, k) => [kind, weights[k]])),
		edge: EDGE,
	};
}

function standardized(values: readonly number[]) {
	const mean = values.reduce((a, b) => a + b, 0) / values.length;
	const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1;
	return { mean, deviation, values: values.map((value) => (value - mean) / deviation) };
}

/** A x = b for a positive definite A of a few rows, by elimination. */
function solve(a: readonly (readonly number[])[], b: readonly number[]): number[] {
	const rows = a.map((row, i) => [...row, b[i]]);
	for (const [i, pivot] of rows.entries())
		for (const row of rows.slice(i + 1)) {
			const factor = row[i] / pivot[i];
			for (let k = i; k < row.length; k++) row[k] -= factor * pivot[k];
		}
	const x = b.map(() => 0);
	for (let i = rows.length - 1; i >= 0; i--)
		x[i] = (rows[i].at(-1)! - x.reduce((sum, value, k) => (k > i ? sum + value * rows[i][k] : sum), 0)) / rows[i][i];
	return x;
}

function logit(score: number): number {
	const kept = Math.min(1 - EDGE, Math.max(EDGE, score));
	return Math.log(kept / (1 - kept));
}

function sigmoid(z: number): number {
	return 1 / (1 + Math.exp(-z));
}
