import t from 'tap';
import { Tensor } from '../../../src/inference/model.ts';
import { withOutputs } from '../../../src/quantization/observe-values.ts';
import { matchMeans } from '../../../src/quantization/repair/match-means.ts';
import { build, planOf, type Recipe } from '../../../src/quantization/repair/repair.ts';
import { runGraph } from '../../support/compare-graphs.ts';
import { benchOf, plainRecipe, REPAIRED_TARGETS, repaired } from '../../support/recipes.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

t.test('after matching, every channel of every convolution has the mean that it has in float', async (t) => {
	for (const { target, scheme, prepare, isRight } of REPAIRED_TARGETS) {
		const float = prepare(smallInspector());
		const images = smallImages(3);
		const plain = await plainRecipe(float, images, scheme);
		// Ranges that clip, so that there is something to match.
		const recipe: Recipe = { ...plain, how: { method: 'percentile', percentile: 98 } };
		const matched = repaired(await matchMeans.apply(recipe, benchOf(float, images)));
		const [before, after] = [await largestShift(recipe, images), await largestShift(matched, images)];
		t.ok(after < 0.1 * before, `${target}: ${before} before, ${after} after`);
		t.ok(await isRight(build(matched).graph), `${target}: on integers as before`);
	}
});

/** The largest difference of any channel's mean, in standard deviations of its value. */
async function largestShift(recipe: Recipe, images: readonly Uint8Array[]): Promise<number> {
	const { graph, raw } = build(recipe);
	const names = [...planOf(recipe).convolutions].map(({ outputs }) => outputs[0]);
	const [x, q] = [
		await stacked(withOutputs(recipe.float, names), names, images),
		await stacked(
			withOutputs(
				graph,
				names.map((name) => raw.get(name)!),
			),
			names.map((name) => raw.get(name)!),
			images,
		),
	];
	return Math.max(
		...names.flatMap((_, i) => {
			const deviation = Math.sqrt(mean(x[i].values.map((v) => v * v)));
			return x[i].channels.map((channel, c) => Math.abs(mean(channel) - mean(q[i].channels[c])) / deviation);
		}),
	);
}

/** All numbers of each value over the images, whole and by channel. */
async function stacked(graph: Parameters<typeof runGraph>[0], names: readonly string[], images: readonly Uint8Array[]) {
	const dims = graph.inputs[0].shape as number[];
	const runs: Awaited<ReturnType<typeof runGraph>>[] = [];
	for (const image of images) runs.push(await runGraph(graph, { image: new Tensor('uint8', image, dims) }));
	return names.map((name) => {
		const [, count, ...spatial] = runs[0][name].dims;
		const area = spatial.reduce((a, b) => a * b, 1);
		const channel = (c: number) =>
			runs.flatMap((run) => [...(run[name].data as Float32Array).subarray(c * area, (c + 1) * area)]);
		const channels = Array.from({ length: count }, (_, c) => channel(c));
		return { channels, values: channels.flat() };
	});
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, v) => sum + v, 0) / values.length;
}
