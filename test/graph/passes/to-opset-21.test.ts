import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { float, toAttributes } from '../../../src/graph/attributes.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { float32, type Graph, type Node, type Tensor } from '../../../src/graph/graph.ts';
import { toOpset21 } from '../../../src/graph/passes/to-opset-21.ts';
import { Tensor as OrtTensor, openModel } from '../../../src/inference/model.ts';

type Step = readonly [
	op: string,
	attributes: Parameters<typeof toAttributes>[0],
	inputs?: readonly string[],
	outputs?: number,
];

const dims = [2, 3, 4, 6];
const x = Float32Array.from({ length: 144 }, (_, i) => new Random(i).normal());

/** A chain of nodes as an exporter of an older operator set writes them. */
function chain(opset: number, steps: readonly Step[], constants: Readonly<Record<string, Tensor>> = {}): Graph {
	const nodes = steps.map(
		([op, attributes, inputs = [], outputs = 1], i): Node => ({
			name: `${op}-${i}`,
			op,
			domain: '',
			inputs: [i === 0 ? 'x' : `v${i}`, ...inputs],
			outputs: Array.from({ length: outputs }, (_, k) => (k === 0 ? `v${i + 1}` : `v${i + 1}-${k}`)),
			attributes: toAttributes(attributes),
		}),
	);
	const y = { name: `v${steps.length}`, type: 'float32' as const, shape: undefined };
	return {
		name: 'old',
		inputs: [{ name: 'x', type: 'float32', shape: dims }],
		outputs: [y],
		nodes,
		initializers: new Map(Object.entries(constants)),
		values: new Map(),
		opsets: { '': opset },
		metadata: {},
	};
}

async function run(graph: Graph) {
	const model = await openModel(encodeModel(graph), { threads: 1 });
	const [result] = Object.values(await model.run({ x: new OrtTensor('float32', x, dims) }));
	await model.close();
	return { dims: result.dims, data: result.data };
}

const cases: Readonly<Record<string, Graph>> = {
	'Clip with limits': chain(9, [['Clip', { min: float(-0.5), max: float(0.4) }]]),
	'Clip with one limit': chain(7, [['Clip', { max: float(0.4) }]]),
	Pad: chain(9, [['Pad', { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: float(0.5) }]]),
	Slice: chain(9, [['Slice', { starts: [1, 0], ends: [3, 5], axes: [2, 3] }]]),
	'Slice of the first axes': chain(8, [['Slice', { starts: [1], ends: [2] }]]),
	'Squeeze and Unsqueeze': chain(11, [
		['Unsqueeze', { axes: [0, 3] }],
		['Squeeze', { axes: [3] }],
	]),
	'ReduceSum over axes': chain(11, [['ReduceSum', { axes: [1, 3], keepdims: 0 }]]),
	'ReduceMean over axes': chain(13, [['ReduceMean', { axes: [2, 3] }]]),
	'ReduceMax over everything': chain(12, [['ReduceMax', { keepdims: 0 }]]),
	'ReduceL2 over axes': chain(17, [['ReduceL2', { axes: [-1] }]]),
	Upsample: chain(8, [['Upsample', { scales: { kind: 'floats', value: [1, 1, 2, 2] }, mode: 'nearest' }]]),
	'Upsample with an input': chain(9, [['Upsample', { mode: 'nearest' }, ['s']]], { s: float32([4], [1, 1, 2, 3]) }),
	'Resize of its first version': chain(10, [['Resize', { mode: 'nearest' }, ['s']]], {
		s: float32([4], [1, 1, 1.5, 2]),
	}),
	'Split with sizes': chain(11, [['Split', { axis: 3, split: [2, 4] }, [], 2]]),
	'Split without sizes': chain(13, [['Split', { axis: 3 }, [], 2]]),
	'Softmax over all behind an axis': chain(11, [['Softmax', { axis: 1 }]]),
	'Softmax of classes': chain(11, [
		['Flatten', { axis: 1 }],
		['Softmax', {}],
	]),
	Dropout: chain(11, [
		['Relu', {}],
		['Dropout', { ratio: float(0.5) }],
		['Neg', {}],
	]),
};

for (const [name, graph] of Object.entries(cases))
	t.test(`${name} means the same in operator set 21`, async (t) => {
		const { graph: converted } = toOpset21(graph);
		t.equal(converted.opsets[''], 21);
		t.same(await run(converted), await run(graph));
	});

t.test('operator sets before 7 are refused, newer ones than 21 taken as they are', async (t) => {
	t.throws(() => toOpset21(chain(6, [['Relu', {}]])), { code: 'MODEL_UNSUPPORTED', message: /operator set 6/ });
	const newer = chain(22, [['Relu', {}]]);
	t.same(toOpset21(newer).graph.nodes, newer.nodes);
});
