import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Random } from '../../src/base/random.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { decodeModel, encodeModel } from '../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../src/graph/graph.ts';
import { openModel, Tensor } from '../../src/inference/model.ts';
import { withOutputs } from '../../src/quantization/observe-values.ts';
import type { Range } from '../../src/quantization/parameters.ts';
import { planQuantization } from '../../src/quantization/plan.ts';
import { quantizeGraph } from '../../src/quantization/quantize-graph.ts';
import { Histogram } from '../../src/quantization/ranges/histogram.ts';
import { runPython, withoutPython } from '../support/python.ts';

const SHAPE = [1, 3, 9, 9];
const SIZE = 3 * 9 * 9;

t.test(
	"scales, zero points, weights and biases are those of ONNX Runtime's own tool",
	{ skip: withoutPython('onnx', 'onnxruntime.quantization') },
	async (t) => {
		const folder = await mkdtemp(join(tmpdir(), 'andon-formulas-'));
		t.teardown(() => rm(folder, { recursive: true }));
		const [source, feeds, target] = ['float.onnx', 'feeds.bin', 'int8.onnx'].map((name) => join(folder, name));
		for (const seed of [1, 2, 3]) {
			const random = new Random(seed);
			const graph = chain(random);
			const inputs = Float32Array.from({ length: 4 * SIZE }, () => random.normal() * 2 - 0.3);
			await writeFile(source, encodeModel(graph));
			await writeFile(feeds, inputs);
			runPython('quantize-with-onnxruntime.py', [source, feeds, target]);
			const theirs = decodeModel(await readFile(target)).initializers;
			const ours = quantizeGraph(graph, await ranges(graph, inputs)).graph.initializers;
			for (const layer of ['one', 'two', 'three']) {
				const [weight, code] = [ours.get(`${layer}.weight/int8`), theirs.get(`${layer}.weight_quantized`)];
				t.strictSame(weight?.data, code?.data, `${layer} weight`);
				// Layer two has enlarged scales; there and in ranges their tool rounds to float32 on the way: one last bit.
				t.ok(distance(ours, `${layer}.weight/scale`, theirs, `${layer}.weight_scale`) < 2e-7, `${layer} scales`);
				t.ok(
					distance(ours, `${layer}.bias/scale`, theirs, `${layer}.bias_quantized_scale`) < 4e-7,
					`${layer} bias scales`,
				);
				const bias = distance(ours, `${layer}.bias/int32`, theirs, `${layer}.bias_quantized`);
				t.ok(layer === 'two' ? bias < 4e-7 : bias === 0, `${layer} bias`);
			}
			for (const value of ['x', 'first', 'second', 'y']) {
				t.ok(distance(ours, `${value}/scale`, theirs, `${value}_scale`) < 2e-7, `${value} scale`);
				t.equal(distance(ours, `${value}/zero-point`, theirs, `${value}_zero_point`), 0, `${value} zero point`);
			}
		}
	},
);

/** The largest relative difference between two constants of the same length. */
function distance(a: Graph['initializers'], nameOfA: string, b: Graph['initializers'], nameOfB: string): number {
	const [x, y] = [a.get(nameOfA)!.data, b.get(nameOfB)!.data].map((data) => Array.from(data as Float32Array, Number));
	if (x.length !== y.length) return Number.POSITIVE_INFINITY;
	return Math.max(...x.map((v, i) => (v === y[i] ? 0 : Math.abs(v / y[i] - 1))));
}

/** Three convolutions, one with a bias so large that its weight scale must grow. */
function chain(random: Random): Graph {
	const g = new GraphBuilder('chain');
	const noise = (dims: number[], deviation: number) =>
		float32(
			dims,
			Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal() * deviation),
		);
	const layer = (x: string, name: string, dims: number[], deviation: number, bias: number) => [
		x,
		g.constant(noise(dims, deviation), `${name}.weight`),
		g.constant(noise([dims[0]], bias), `${name}.bias`),
	];
	const attributes = { kernel_shape: [3, 3] };
	const x = g.input('x', 'float32', SHAPE);
	g.op('Relu', [g.op('Conv', layer(x, 'one', [5, 3, 3, 3], 0.3, 0.5), attributes)], {}, { names: ['first'] });
	g.op('Relu', [g.op('Conv', layer('first', 'two', [6, 5, 3, 3], 1e-7, 3), attributes)], {}, { names: ['second'] });
	g.op('Conv', layer('second', 'three', [2, 6, 3, 3], 0.2, 1), attributes, { names: ['y'] });
	g.output('y');
	return g.build();
}

async function ranges(graph: Graph, inputs: Float32Array): Promise<Map<string, Range>> {
	const names = [...planQuantization(graph).integers];
	const histograms = new Map(names.map((name) => [name, new Histogram()]));
	const model = await openModel(encodeModel(withOutputs(graph, names)), { threads: 1 });
	for (let i = 0; i < inputs.length; i += SIZE) {
		const x = inputs.slice(i, i + SIZE);
		const values = { x: { data: x }, ...(await model.run({ x: new Tensor('float32', x, SHAPE) })) };
		for (const [name, histogram] of histograms) histogram.add(values[name as 'x'].data as Float32Array);
	}
	await model.close();
	return histograms;
}
