import type { Tensor as TfTensor } from '@tensorflow/tfjs';
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { differentiate } from '../../../src/graph/differentiate.ts';
import { float32, type Graph, sizeOf } from '../../../src/graph/graph.ts';
import { lower } from '../../../src/graph/passes/lower.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { expectKernels, interpret } from '../../../src/training/engines/tfjs/interpret.ts';
import { loadTfjs } from '../../../src/training/engines/tfjs/load-tfjs.ts';
import { constantOf } from '../../../src/training/engines/tfjs/vectors.ts';
import { caseValues, type GradientCase, gradientCases, straightThroughCases } from '../../support/gradient-cases.ts';

const { tf } = await loadTfjs();

/** y = body(inputs), loss = Σ probe·y. */
function graphOf(c: GradientCase, random: Random) {
	const g = new GraphBuilder('case');
	const names = c.shapes.map((shape, i) => g.input(`in${i}`, 'float32', shape));
	const y = c.body(g, names);
	const shape = g.shape(y);
	const probe = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
	const loss = g.reduceSum(g.reshape(g.mul(y, g.constant(float32(shape, probe))), [-1]), [0]);
	return { g, names, y, loss };
}

async function ours(c: GradientCase, data: readonly Float32Array[]) {
	const { g, names, y, loss } = graphOf(c, new Random(7));
	const gradients = differentiate(g, loss, names);
	g.output(y, 'y');
	for (const name of names) g.output(gradients.get(name)!, `d_${name}`);
	const model = await openModel(encodeModel(lower(g.build()).graph), { threads: 1 });
	const results = await model.run(
		Object.fromEntries(data.map((d, i) => [names[i], new Tensor('float32', d, c.shapes[i])])),
	);
	await model.close();
	return [results.y, ...names.map((name) => results[`d_${name}`])].map(({ data }) => data as Float32Array);
}

function theirs(c: GradientCase, data: readonly Float32Array[]) {
	const { g, names, y, loss } = graphOf(c, new Random(7));
	g.output(y, 'y');
	g.output(loss, 'loss');
	const graph = g.build();
	expectKernels(graph);
	return tf.tidy(() => {
		const constants = [...graph.initializers].map(([name, tensor]) => [name, constantOf(tf, tensor)] as const);
		const forward = (...inputs: TfTensor[]) =>
			interpret(tf, graph, new Map([...constants, ...names.map((name, i) => [name, inputs[i]] as const)]));
		const inputs = data.map((d, i) => tf.tensor(d, [...c.shapes[i]]));
		const gradients = tf.grads((...inputs) => forward(...inputs).get('loss')!)(inputs);
		return [forward(...inputs).get('y')!, ...gradients].map((tensor) => tensor.dataSync() as Float32Array);
	});
}

/** |a − b| / |a| */
function difference(a: Float32Array, b: Float32Array): number {
	const norm = (values: Float32Array) => Math.hypot(...values);
	return norm(a.map((value, i) => value - b[i])) / Math.max(norm(a), 1e-6);
}

for (const c of [...gradientCases, ...straightThroughCases])
	t.test(`${c.name} and its gradients are the same through TF.js`, async (t) => {
		const random = new Random(3);
		const data = c.shapes.map((dims) => caseValues(random, sizeOf(dims), c));
		const [expected, found] = [await ours(c, data), theirs(c, data)];
		t.equal(found.length, expected.length);
		for (const [i, values] of expected.entries()) {
			t.equal(found[i].length, values.length);
			t.ok(difference(values, found[i]) < 1e-5, `${i === 0 ? 'y' : `d_in${i - 1}`}: ${difference(values, found[i])}`);
		}
	});

t.test('nothing is left behind in TF.js', async (t) => {
	t.equal(tf.memory().numTensors, 0);
});

t.test('an operator that has no form in TF.js is named', async (t) => {
	const g = new GraphBuilder('unknown');
	g.output(g.op('Einsum', [g.input('x', 'float32', [2, 2])]), 'y');
	const graph: Graph = g.build();
	t.throws(() => expectKernels(graph), { code: 'MODEL_UNSUPPORTED', message: /Einsum.*--engine ort/ });
});
