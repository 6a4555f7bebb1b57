import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32 } from '../../../src/graph/graph.ts';
import { Tensor } from '../../../src/inference/model.ts';
import { INT8, quantize } from '../../../src/quantization/parameters.ts';
import { correctBias } from '../../../src/quantization/repair/correct-bias.ts';
import { layerNoise } from '../../../src/quantization/repair/layer-noise.ts';
import { PatchMoments } from '../../../src/quantization/repair/patch-moments.ts';
import { build, planOf } from '../../../src/quantization/repair/repair.ts';
import { roundRow } from '../../../src/quantization/repair/round-row.ts';
import { roundWeights } from '../../../src/quantization/repair/round-weights.ts';
import { runGraph } from '../../support/compare-graphs.ts';
import { benchOf, plainRecipe, REPAIRED_TARGETS, repaired } from '../../support/recipes.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

const random = new Random(8);

t.test('a row is rounded as well as trying all roundings would, or nearly', async (t) => {
	let [ours, best, nearest] = [0, 0, 0];
	for (let trial = 0; trial < 20; trial++) {
		const { row, gram, scale } = correlatedRow(8);
		const codes = nearestCodes(row, scale);
		const errorOf = (candidate: ArrayLike<number>) => squaredError(row, candidate, scale, gram);
		const [before, startCodes] = [errorOf(codes), Int8Array.from(codes)];
		const result = roundRow(row, codes, scale, gram);
		t.ok(Math.abs(result.before - before) < 1e-9 && Math.abs(result.after - errorOf(codes)) < 1e-9, 'errors as stated');
		t.ok(result.after <= before + 1e-12, 'never worse than the nearest');
		t.ok(
			codes.every((code, i) => Math.abs(code * scale - row[i]) < scale),
			'up or down, no further',
		);
		const flips = Array.from(codes, (_, i) => errorOf(flip(row, codes, scale, i)));
		t.ok(
			flips.every((error) => error >= result.after - 1e-12),
			'no single flip is better',
		);
		ours += result.after;
		nearest += before;
		best += Math.min(...allRoundings(row, startCodes, scale).map(errorOf));
	}
	t.ok(ours < 0.6 * nearest && ours < 2 * best, `${ours}; all roundings ${best}, nearest ${nearest}`);
});

t.test('codes stay within int8, and a weight that a code holds exactly stays', async (t) => {
	const gram = Float64Array.of(1, -0.99, -0.99, 1);
	const row = Float32Array.of(127, 3.5);
	const codes = Int8Array.of(127, 4);
	roundRow(row, codes, 1, gram);
	t.strictSame(codes[0], 127);
});

t.test('moments are those of the patches: the error of any weights follows from them', async (t) => {
	for (const { dims, attributes, input } of [
		{ dims: [4, 3, 3, 3], attributes: { pads: [1, 1, 1, 1], strides: [3, 3] }, input: [1, 3, 3, 3] },
		{ dims: [6, 1, 3, 2], attributes: { group: 6, pads: [1, 0, 0, 1], strides: [5, 5] }, input: [1, 6, 4, 4] },
		{ dims: [4, 2, 2, 2], attributes: { group: 2, dilations: [2, 2] }, input: [1, 4, 3, 3] },
	]) {
		// One window fits, so that every sample is the same one.
		const g = new GraphBuilder('one');
		const x = g.input('x', 'float32', input);
		const noise = (shape: readonly number[]) =>
			Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal());
		const weight = noise(dims);
		g.op('Conv', [x, g.constant(float32(dims, weight))], attributes, { names: ['y'] });
		g.output('y');
		const graph = g.build();
		const moments = new PatchMoments(graph.nodes[0], dims, 2);
		let power = 0;
		let means = new Float64Array(dims[0]);
		for (let sample = 0; sample < 2; sample++) {
			const feed = new Tensor('float32', noise(input), input);
			await moments.add(feed);
			const y = (await runGraph(graph, { x: feed })).y.data as Float32Array;
			power += y.reduce((sum, v) => sum + v * v, 0) / 2;
			means = means.map((mean, c) => mean + y[c] / 2);
		}
		await moments.finish();
		const { size, count, channels } = moments.blocks;
		t.strictSame([size, channels], [dims[1] * dims[2] * dims[3], dims[1]]);
		const perGroup = dims[0] / count;
		let predicted = 0;
		for (let row = 0; row < dims[0]; row++) {
			const block = Math.floor(row / perGroup);
			const w = weight.subarray(row * size, (row + 1) * size);
			predicted += quadratic(w, moments.second.subarray(block * size * size, (block + 1) * size * size));
			const mean = w.reduce((sum, v, i) => sum + v * moments.first[block * size + i], 0);
			t.ok(Math.abs(mean - means[row]) < 1e-4, `mean of channel ${row}`);
		}
		t.ok(Math.abs(predicted / power - 1) < 1e-4, `${predicted} against ${power}`);
	}
});

t.test('rounding by reconstruction lowers the noise of most layers, with and without bias correction', async (t) => {
	for (const { target, scheme, prepare, isRight } of REPAIRED_TARGETS) {
		const float = prepare(smallInspector());
		const images = smallImages(8);
		const bench = benchOf(float, images);
		const plain = await plainRecipe(float, images, scheme);
		for (const recipe of [plain, repaired(await correctBias.apply(plain, bench))]) {
			const rounded = repaired(await roundWeights.apply(recipe, bench));
			const noise = async (each: typeof recipe) =>
				new Map((await layerNoise(float, planOf(each), build(each), images)).map((l) => [l.output, l.sqnrDb]));
			const [before, after] = [await noise(recipe), await noise(rounded)];
			const better = [...before].filter(([name, db]) => after.get(name)! > db).length;
			t.ok(better > 0.7 * before.size, `${target}: ${better} of ${before.size} layers are closer`);
			t.ok(await isRight(build(rounded).graph), target);
		}
	}
});

/** Weights whose inputs go together, as neighbouring pixels do. */
function correlatedRow(n: number) {
	const row = Float32Array.from({ length: n }, () => random.normal());
	const scale = Math.fround(Math.max(...row.map(Math.abs)) / 127);
	const samples = Array.from({ length: 50 }, () => {
		const common = random.normal();
		return Array.from({ length: n }, () => common + 0.5 * random.normal());
	});
	const gram = new Float64Array(n * n);
	for (const x of samples)
		for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) gram[i * n + j] += (x[i] * x[j]) / samples.length;
	return { row, gram, scale };
}

function nearestCodes(row: Float32Array, scale: number): Int8Array {
	return Int8Array.from(row, (w) => quantize(w, { scale, zeroPoint: 0 }, INT8));
}

function squaredError(row: Float32Array, codes: ArrayLike<number>, scale: number, gram: Float64Array): number {
	return quadratic(
		Float64Array.from(row, (w, i) => codes[i] * scale - w),
		gram,
	);
}

function quadratic(v: ArrayLike<number>, gram: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < v.length; i++) for (let j = 0; j < v.length; j++) sum += v[i] * gram[i * v.length + j] * v[j];
	return sum;
}

/** The other neighbour of one weight; the same codes where there is none. */
function flip(row: Float32Array, codes: Int8Array, scale: number, i: number): Int8Array {
	const flipped = codes.slice();
	const error = codes[i] * scale - row[i];
	const next = codes[i] - Math.sign(error);
	if (Math.abs(next) <= 127) flipped[i] = next;
	return flipped;
}

function allRoundings(row: Float32Array, nearest: Int8Array, scale: number): Int8Array[] {
	return row.reduce((lists, _, i) => lists.flatMap((codes) => [codes, flip(row, codes, scale, i)]), [
		nearest,
	] as Int8Array[]);
}
