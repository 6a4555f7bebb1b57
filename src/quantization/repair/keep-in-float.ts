/** Leaves the convolutions that lose most in float, which costs speed. */
import { layerNoise } from './layer-noise.ts';
import { build, planOf, type Recipe, type Repair } from './repair.ts';

/** Of all convolutions; with more of them in float there is little left to win by integers. */
const LARGEST_SHARE = 0.25;

/** Greedy: the noisiest one, then the two, four, eight noisiest, until the score is good enough. */
export const keepInFloat: Repair = {
	expensive: true,
	slows: true,
	async apply(recipe, bench) {
		const noisiest = await layerNoise(recipe.float, planOf(recipe), build(recipe), bench.some);
		const most = Math.floor(noisiest.length * LARGEST_SHARE);
		if (most === 0) return { nothing: `there are only ${noisiest.length} convolutions on integers` };
		let best: { recipe: Recipe; score: number; count: number } | undefined;
		for (let count = 1; count <= most && !(best && best.score >= bench.wanted); count *= 2) {
			const names = noisiest.slice(0, count).map(({ output }) => output);
			const candidate = { ...recipe, keptInFloat: new Set([...recipe.keptInFloat, ...names]) };
			const score = await bench.score(candidate);
			if (!best || score > best.score) best = { recipe: candidate, score, count };
		}
		const kept = noisiest.slice(0, best!.count);
		const list = kept.map(({ output, sqnrDb }) => `${output} (${sqnrDb.toFixed(1)} dB)`);
		return { recipe: best!.recipe, detail: list.join(', ') };
	},
};
