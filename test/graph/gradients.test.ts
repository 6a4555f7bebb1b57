import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { differentiate } from '../../src/graph/differentiate.ts';
import { float32, int64, sizeOf } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/passes/lower.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';
import { caseValues, type GradientCase, gradientCases } from '../support/gradient-cases.ts';

/** Central differences of Σ probe·f(x) against the emitted gradient. */
async function check(c: GradientCase) {
	const random = new Random(7);
	const g = new GraphBuilder('case');
	const names = c.shapes.map((shape, i) => g.input(`in${i}`, 'float32', shape));
	const y = c.body(g, names);
	const shape = g.shape(y);
	const probe = g.constant(
		float32(
			shape,
			Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
		),
	);
	const loss = g.reduceSum(g.reshape(g.mul(y, probe), [-1]), [0]);
	const gradients = differentiate(g, loss, names);
	g.output(loss, 'loss');
	for (const name of names) g.output(gradients.get(name)!, `d_${name}`);
	const model = await openModel(encodeModel(lower(g.build()).graph), { threads: 1 });
	const data = c.shapes.map((dims) => caseValues(random, sizeOf(dims), c));
	const run = () =>
		model.run(Object.fromEntries(data.map((d, i) => [names[i], new Tensor('float32', d, c.shapes[i])])));
	const exact = await run();
	let worst = 0;
	for (let i = 0; i < data.length; i++) {
		const analytic = exact[`d_in${i}`].data as Float32Array;
		const scale = Math.max(1, ...analytic.map(Math.abs));
		for (let probeIndex = 0; probeIndex < Math.min(24, data[i].length); probeIndex++) {
			const at = data[i].length <= 24 ? probeIndex : random.integer(data[i].length);
			const old = data[i][at];
			const h = 0.02;
			const side = async (value: number) => {
				data[i][at] = value;
				return (await run()).loss.data[0] as number;
			};
			const numeric = ((await side(old + h)) - (await side(old - h))) / (2 * h);
			data[i][at] = old;
			worst = Math.max(worst, Math.abs(numeric - analytic[at]) / scale);
		}
	}
	await model.close();
	return worst;
}

for (const c of gradientCases)
	t.test(`the gradient of ${c.name} equals central differences`, async (t) => {
		const worst = await check(c);
		t.ok(worst < 3e-3, `largest relative difference ${worst.toExponential(1)}`);
	});

t.test('an operator without a rule between loss and parameter is named', async (t) => {
	const g = new GraphBuilder('unsupported');
	const x = g.input('x', 'float32', [2]);
	const loss = g.reduceSum(g.op('Floor', [x]), [0]);
	t.throws(() => differentiate(g, loss, [x]), { code: 'MODEL_UNSUPPORTED', message: /Floor/ });
});

t.test('a target that the loss does not depend on has no gradient', async (t) => {
	const g = new GraphBuilder('independent');
	const x = g.input('x', 'float32', [2]);
	const other = g.input('other', 'float32', [2]);
	const gradients = differentiate(g, g.reduceSum(x, [0]), [x, other]);
	t.ok(gradients.has('x'));
	t.notOk(gradients.has('other'));
});

t.test('int64 helper keeps whole numbers', async (t) => {
	t.same(int64([2], [1, -2]).data, BigInt64Array.from([1n, -2n]));
});
