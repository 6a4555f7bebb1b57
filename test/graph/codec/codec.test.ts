import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { AndonError } from '../../../src/base/errors.ts';
import { Random } from '../../../src/base/random.ts';
import { decodeModel, encodeModel } from '../../../src/graph/codec/codec.ts';
import { modelProto } from '../../../src/graph/codec/onnx-schema.ts';
import type { Graph, Node, Tensor } from '../../../src/graph/graph.ts';
import { float32, int64 } from '../../../src/graph/graph.ts';
import { Tensor as OrtTensor, openModel } from '../../../src/inference/model.ts';
import { runPython, withoutPython } from '../../support/python.ts';

const convolution: Graph = {
	name: 'small',
	inputs: [{ name: 'x', type: 'float32', shape: ['n', 1, 4, 4] }],
	outputs: [{ name: 'y', type: 'float32', shape: ['n', 2, 4, 4] }],
	nodes: [
		node('Conv', ['x', 'w', 'b'], ['c'], {
			pads: { kind: 'ints', value: [1, 1, 1, 1] },
			auto_pad: { kind: 'string', value: 'NOTSET' },
			group: { kind: 'int', value: 1 },
		}),
		node('LeakyRelu', ['c'], ['y'], { alpha: { kind: 'float', value: 0.25 } }),
	],
	initializers: new Map([
		[
			'w',
			float32(
				[2, 1, 3, 3],
				Float32Array.from({ length: 18 }, (_, i) => i - 9),
			),
		],
		['b', float32([2], [0.5, -0.5])],
	]),
	values: new Map([['c', { name: 'c', type: 'float32', shape: ['n', 2, 4, 4] }]]),
	opsets: { '': 21, 'com.microsoft': 1 },
	metadata: { andon: 'a test', ünïcode: '品質' },
};

const branches: Graph = {
	...convolution,
	name: 'branches',
	inputs: [
		{ name: 'which', type: 'bool', shape: [] },
		{ name: 'x', type: 'float32', shape: [2] },
	],
	outputs: [{ name: 'y', type: 'float32', shape: [2] }],
	nodes: [
		node('If', ['which'], ['y'], {
			then_branch: { kind: 'graph', value: branch('Neg') },
			else_branch: { kind: 'graph', value: branch('Exp') },
		}),
	],
	initializers: new Map(),
	values: new Map(),
	metadata: {},
};

t.test('a graph comes back equal, and its bytes too', async (t) => {
	for (const graph of [convolution, branches, everyTensorType(), everyAttribute()]) {
		const bytes = encodeModel(graph);
		const back = decodeModel(bytes);
		t.strictSame(back, graph, graph.name);
		t.ok(Buffer.from(encodeModel(back)).equals(bytes), `${graph.name}, byte for byte`);
	}
});

t.test('ONNX Runtime runs what we write', async (t) => {
	const model = await openModel(encodeModel(convolution), { threads: 1 });
	const { y } = await model.run({ x: new OrtTensor('float32', new Float32Array(16).fill(1), [1, 1, 4, 4]) });
	// Top-left corner of the first map: the kernel's lower right 2×2 (−5 −4 −2 −1) plus the bias, through the leaky slope.
	t.equal(y.data[0], 0.25 * (-5 - 4 - 2 - 1 + 0.5));
	await model.close();
});

t.test('the reference checker accepts what we write', { skip: withoutPython('onnx') }, async (t) => {
	const folder = await mkdtemp(join(tmpdir(), 'andon-codec-'));
	t.teardown(() => rm(folder, { recursive: true }));
	const paths = [convolution, branches, everyTensorType()].map(
		(graph) => [join(folder, `${graph.name}.onnx`), graph] as const,
	);
	for (const [path, graph] of paths) await writeFile(path, encodeModel(graph));
	t.equal(
		runPython(
			'check-onnx.py',
			paths.map(([path]) => path),
		),
		'',
	);
});

t.test('numbers in typed fields are read as well as raw bytes', async (t) => {
	const fields = {
		float32: [1, { float_data: [1.5, -2] }, Float32Array.of(1.5, -2)],
		float64: [11, { double_data: [0.1, -2] }, Float64Array.of(0.1, -2)],
		int8: [3, { int32_data: [-7, 7] }, Int8Array.of(-7, 7)],
		uint8: [2, { int32_data: [200, 7] }, Uint8Array.of(200, 7)],
		bool: [9, { int32_data: [1, 0] }, Uint8Array.of(1, 0)],
		float16: [10, { int32_data: [0x3c00, 0xc000] }, Uint16Array.of(0x3c00, 0xc000)],
		int32: [6, { int32_data: [-70000, 7] }, Int32Array.of(-70000, 7)],
		int64: [7, { int64_data: [int64Bits(-9007199254740993n), 7] }, BigInt64Array.of(-9007199254740993n, 7n)],
		uint32: [12, { uint64_data: [4294967295, 7] }, Uint32Array.of(4294967295, 7)],
		uint64: [13, { uint64_data: [int64Bits(18446744073709551615n), 7] }, BigUint64Array.of(18446744073709551615n, 7n)],
	} as const;
	for (const [type, [data_type, content, expected]] of Object.entries(fields)) {
		const bytes = withInitializer({ name: 'k', dims: [2], data_type, ...content });
		t.strictSame(decodeModel(bytes).initializers.get('k'), { type, dims: [2], data: expected }, type);
	}
});

t.test('bytes that are not an ONNX model are refused with what was found', async (t) => {
	const whole = encodeModel(convolution);
	const cases: Record<string, Uint8Array> = {
		'an empty file': new Uint8Array(),
		'a picture': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1),
		'a text': new TextEncoder().encode('hello, this is no model at all\n'),
		zeros: new Uint8Array(64),
		'a model cut in half': whole.subarray(0, whole.length / 2),
		'another protobuf message': modelProto.encode({ producer_name: 'nothing else' }).finish(),
		'a tensor with too little data': withInitializer({ name: 'k', dims: [3], data_type: 1, float_data: [1] }),
		'a tensor with part of a number': withInitializer({
			name: 'k',
			dims: [1],
			data_type: 1,
			raw_data: Buffer.alloc(3),
		}),
		'a constant twice': withInitializer(...['k', 'k'].map((name) => ({ name, dims: [0], data_type: 1 }))),
	};
	for (const [what, bytes] of Object.entries(cases))
		t.throws(() => decodeModel(bytes), { code: 'MODEL_UNREADABLE', facts: { found: /\w/, fix: /\w/ } }, what);
});

t.test('what the graph cannot hold is refused by name', async (t) => {
	const cases: Record<string, [Uint8Array, RegExp]> = {
		'external data': [
			withInitializer({
				name: 'k',
				dims: [1],
				data_type: 1,
				data_location: 1,
				external_data: [{ key: 'location', value: 'k.bin' }],
			}),
			/another file/,
		],
		'text tensors': [withInitializer({ name: 'k', dims: [1], data_type: 8 }), /data type 8/],
		'integers beyond a number': [
			encoded({
				graph: { node: [{ op_type: 'X', attribute: [{ name: 'i', type: 2, i: int64Bits(9223372036854775807n) }] }] },
			}),
			/9223372036854775807/,
		],
		'a type as an attribute': [
			encoded({ graph: { node: [{ op_type: 'X', attribute: [{ name: 'i', type: 13 }] }] } }),
			/attribute type 13/,
		],
		'model-local functions': [encoded({ graph: {}, functions: [{ name: 'f' }] }), /functions/],
		'an input without a type': [encoded({ graph: { input: [{ name: 'x' }] } }), /'x'/],
	};
	for (const [what, [bytes, found]] of Object.entries(cases))
		t.throws(() => decodeModel(bytes), { code: 'MODEL_UNSUPPORTED', message: found }, what);
});

t.test('damaged files give a graph or an AndonError, never anything else', async (t) => {
	const random = new Random(7);
	const originals = [convolution, branches, everyAttribute()].map(encodeModel);
	let refused = 0;
	for (let round = 0; round < 3000; round++) {
		const bytes = random.pick(originals).slice();
		for (let flips = 1 + random.integer(4); flips > 0; flips--)
			bytes[random.integer(bytes.length)] ^= 1 << random.integer(8);
		const damaged = random.chance(0.3) ? bytes.subarray(0, random.integer(bytes.length)) : bytes;
		try {
			decodeModel(damaged);
		} catch (error) {
			if (!(error instanceof AndonError)) return t.fail(`${error} on ${Buffer.from(damaged).toString('hex')}`);
			refused++;
		}
	}
	t.ok(refused > 500, `${refused} of 3000 were noticed`);
});

function node(op: string, inputs: string[], outputs: string[], attributes: Node['attributes'] = {}): Node {
	return { name: `${op}_${outputs[0]}`, op, domain: '', inputs, outputs, attributes };
}

function branch(op: string): Graph {
	const outputs = [{ name: `${op}_out`, type: 'float32', shape: [2] } as const];
	const empty = { inputs: [], initializers: new Map(), values: new Map(), metadata: {} };
	return { ...empty, name: op, outputs, nodes: [node(op, ['x'], [`${op}_out`])], opsets: convolution.opsets };
}

function everyTensorType(): Graph {
	const tensors: Tensor[] = [
		float32([2], [1, -0.5]),
		{ type: 'float64', dims: [1], data: Float64Array.of(Math.PI) },
		{ type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0x7bff) },
		{ type: 'uint8', dims: [1, 2], data: Uint8Array.of(0, 255) },
		{ type: 'int8', dims: [2], data: Int8Array.of(-128, 127) },
		{ type: 'uint16', dims: [1], data: Uint16Array.of(65535) },
		{ type: 'int16', dims: [1], data: Int16Array.of(-32768) },
		{ type: 'int32', dims: [], data: Int32Array.of(-5) },
		int64([2], [-1, 2 ** 40]),
		{ type: 'uint32', dims: [1], data: Uint32Array.of(4294967295) },
		{ type: 'uint64', dims: [1], data: BigUint64Array.of(18446744073709551615n) },
		{ type: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
		{ type: 'float32', dims: [0], data: new Float32Array() },
	];
	const named = tensors.map((tensor, i) => [`t${i}`, tensor] as const);
	return {
		...convolution,
		name: 'tensors',
		inputs: [],
		outputs: named.map(([name, { type, dims }]) => ({ name: `${name}_out`, type, shape: dims })),
		nodes: named.map(([name]) => node('Identity', [name], [`${name}_out`])),
		initializers: new Map(named),
		values: new Map(),
	};
}

function everyAttribute(): Graph {
	const attributes: Node['attributes'] = {
		i: { kind: 'int', value: -(2 ** 53) + 1 },
		zero: { kind: 'int', value: 0 },
		f: { kind: 'float', value: Number.NEGATIVE_INFINITY },
		s: { kind: 'string', value: 'größe' },
		empty: { kind: 'string', value: '' },
		is: { kind: 'ints', value: [0, -1, 2 ** 40] },
		none: { kind: 'ints', value: [] },
		fs: { kind: 'floats', value: [0.5, -0] },
		ss: { kind: 'strings', value: ['a', ''] },
		t: { kind: 'tensor', value: float32([2, 2], [1, 2, 3, 4]) },
		g: { kind: 'graph', value: branch('Abs') },
	};
	return {
		...convolution,
		name: 'attributes',
		inputs: [{ name: 'x', type: 'uint8', shape: undefined }],
		nodes: [{ ...node('Anything', ['x', '', 'w'], ['', 'y'], attributes), domain: 'com.microsoft' }],
		values: new Map([['v', { name: 'v', type: 'int64', shape: ['', 0, 'n', 3] }]]),
	};
}

function encoded(content: Record<string, unknown>): Uint8Array {
	return modelProto.encode({ ir_version: 10, opset_import: [{ version: 21 }], ...content }).finish();
}

function withInitializer(...initializer: unknown[]): Uint8Array {
	return encoded({ graph: { name: 'g', initializer } });
}

function int64Bits(value: bigint) {
	return {
		low: Number(BigInt.asIntN(32, value)),
		high: Number(BigInt.asIntN(32, value >> 32n)),
		unsigned: value >= 2n ** 63n,
	};
}
