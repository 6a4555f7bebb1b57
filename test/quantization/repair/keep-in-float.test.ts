import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { audit } from '../../../src/quantization/audit.ts';
import { keepInFloat } from '../../../src/quantization/repair/keep-in-float.ts';
import { layerNoise } from '../../../src/quantization/repair/layer-noise.ts';
import { build, planOf, type Recipe } from '../../../src/quantization/repair/repair.ts';
import { largestDifference } from '../../support/compare-graphs.ts';
import { benchOf, plainRecipe, REPAIRED_TARGETS, repaired } from '../../support/recipes.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

const images = smallImages(4);
const prepared = REPAIRED_TARGETS.map(({ prepare, scheme, ...rest }) => {
	const float = prepare(smallInspector());
	const { convolutions } = scheme.plan(float, new Set());
	return { ...rest, scheme, float, convolutions: Array.from(convolutions, ({ outputs }) => outputs[0]) };
});

t.test('the layer whose codes are coarse is the noisiest, and its noise is nobody else’s', async (t) => {
	for (const { target, scheme, float, convolutions } of prepared) {
		const recipe = await plainRecipe(float, images, scheme);
		const spoilt = convolutions[3];
		const noise = (each: Recipe) => layerNoise(float, planOf(each), build(each), images);
		const [before, after] = [await noise(recipe), await noise(withCoarseCodes(recipe, spoilt))];
		t.equal(after[0].output, spoilt);
		t.ok(after[0].sqnrDb < 10, `${target}: ${after[0].sqnrDb} dB`);
		const others = (list: typeof before) => new Map(list.map(({ output, sqnrDb }) => [output, sqnrDb]));
		for (const [output, db] of others(before))
			if (output !== spoilt) t.ok(Math.abs(others(after).get(output)! - db) < 1e-6, `${target}: ${output}`);
	}
});

t.test('the noisiest convolutions are kept in float, no more than are needed, and are listed', async (t) => {
	for (const { target, scheme, float, convolutions } of prepared) {
		const recipe = await plainRecipe(float, images, scheme);
		const spoilt = convolutions[3];
		const broken = withCoarseCodes(recipe, spoilt);
		const { score } = benchOf(float, images);
		const wanted = ((await score(recipe)) + (await score(broken))) / 2;
		const bench = benchOf(float, images, wanted);
		t.ok((await score(broken)) < wanted, target);
		const restored = repaired(await keepInFloat.apply(broken, bench));
		t.strictSame([...restored.keptInFloat], [spoilt]);
		t.ok((await score(restored)) >= wanted, target);
		const { inFloat, convolutions: left } = planOf(restored);
		t.equal(left.size, convolutions.length - 1);
		t.equal(inFloat.filter(({ op, reason }) => op === 'Conv' && reason === 'kept in float for accuracy').length, 1);
	}
});

t.test('what is kept in float runs in float: on the CPU one convolution, by TensorRT’s rules too', async (t) => {
	const [cpu, tensorrt] = prepared;
	const kept = async ({ float, scheme, convolutions }: typeof cpu) =>
		build({ ...(await plainRecipe(float, images, scheme)), keptInFloat: new Set([convolutions[3]]) }).graph;
	const report = await audit(encodeModel(await kept(cpu)));
	t.equal(report.fused, cpu.convolutions.length - 1);
	t.equal(report.floatConvolutions.length, 1);
	t.ok(await tensorrt.isRight(await kept(tensorrt)));
});

t.test('with every convolution kept in float, the graph computes what the float graph does', async (t) => {
	for (const { target, scheme, float, convolutions } of prepared) {
		const recipe = { ...(await plainRecipe(float, images, scheme)), keptInFloat: new Set(convolutions) };
		t.equal(await largestDifference(float, build(recipe).graph, new Random(1)), 0, target);
	}
});

function withCoarseCodes(recipe: Recipe, output: string): Recipe {
	const node = recipe.float.nodes.find(({ outputs }) => outputs[0] === output)!;
	const { length } = recipe.float.initializers.get(node.inputs[1])!.data;
	const codes = Int8Array.from({ length }, (_, i) => (i % 2 === 0 ? 100 : -100));
	return { ...recipe, corrections: { codes: new Map([[output, codes]]) } };
}
