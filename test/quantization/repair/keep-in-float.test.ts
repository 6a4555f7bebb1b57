import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { audit } from '../../../src/quantization/audit.ts';
import { planQuantization } from '../../../src/quantization/plan.ts';
import { prepareForQuantization } from '../../../src/quantization/quantize-model.ts';
import { keepInFloat } from '../../../src/quantization/repair/keep-in-float.ts';
import { layerNoise } from '../../../src/quantization/repair/layer-noise.ts';
import { build, type Recipe } from '../../../src/quantization/repair/repair.ts';
import { largestDifference } from '../../support/compare-graphs.ts';
import { benchOf, plainRecipe, repaired } from '../../support/recipes.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

const float = prepareForQuantization(smallInspector());
const images = smallImages(4);
const convolutions = [...planQuantization(float).convolutions].map(({ outputs }) => outputs[0]);

t.test('the layer whose codes are coarse is the noisiest, and its noise is nobody else’s', async (t) => {
	const recipe = await plainRecipe(float, images);
	const spoilt = convolutions[3];
	const codes = Int8Array.from({ length: weightOf(spoilt).data.length }, (_, i) => (i % 2 === 0 ? 100 : -100));
	const plan = planQuantization(float);
	const before = await layerNoise(float, plan, build(recipe), images);
	const after = await layerNoise(
		float,
		plan,
		build({ ...recipe, corrections: { codes: new Map([[spoilt, codes]]) } }),
		images,
	);
	t.equal(after[0].output, spoilt);
	t.ok(after[0].sqnrDb < 10, `${after[0].sqnrDb} dB`);
	const others = (list: typeof before) => new Map(list.map(({ output, sqnrDb }) => [output, sqnrDb]));
	for (const [output, db] of others(before))
		if (output !== spoilt) t.ok(Math.abs(others(after).get(output)! - db) < 1e-6, output);
});

t.test('the noisiest convolutions are kept in float, no more than are needed, and are listed', async (t) => {
	const recipe = await plainRecipe(float, images);
	const spoilt = convolutions[3];
	const codes = Int8Array.from({ length: weightOf(spoilt).data.length }, (_, i) => (i % 2 === 0 ? 100 : -100));
	const broken: Recipe = { ...recipe, corrections: { codes: new Map([[spoilt, codes]]) } };
	const { score } = benchOf(float, images);
	const wanted = ((await score(recipe)) + (await score(broken))) / 2;
	const bench = benchOf(float, images, wanted);
	t.ok((await score(broken)) < wanted);
	const restored = repaired(await keepInFloat.apply(broken, bench));
	t.strictSame([...restored.keptInFloat], [spoilt]);
	t.ok((await score(restored)) >= wanted);
	const report = await audit(encodeModel(build(restored).graph));
	t.equal(report.fused, convolutions.length - 1);
	t.equal(report.floatConvolutions.length, 1);
	t.match(
		planQuantization(float, restored.keptInFloat).inFloat.filter(({ op }) => op === 'Conv'),
		[{ reason: /kept in float/ }],
	);
});

t.test('with every convolution kept in float, the graph computes what the float graph does', async (t) => {
	const recipe = { ...(await plainRecipe(float, images)), keptInFloat: new Set(convolutions) };
	t.equal(await largestDifference(float, build(recipe).graph, new Random(1)), 0);
});

function weightOf(output: string) {
	const node = float.nodes.find(({ outputs }) => outputs[0] === output)!;
	return float.initializers.get(node.inputs[1])!;
}
