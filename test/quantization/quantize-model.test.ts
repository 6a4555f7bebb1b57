import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { decodeModel, encodeModel } from '../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../src/graph/graph.ts';
import { Tensor } from '../../src/inference/model.ts';
import { audit } from '../../src/quantization/audit.ts';
import { measureSpeed } from '../../src/quantization/measure-speed.ts';
import { quantizeModel } from '../../src/quantization/quantize-model.ts';
import { TRIED_METHODS } from '../../src/quantization/ranges/index.ts';
import { REPAIR_NAMES } from '../../src/quantization/repair/names.ts';
import { runGraph } from '../support/compare-graphs.ts';
import { runPython, withoutPython } from '../support/python.ts';
import { smallImages, smallInspector } from '../support/small-inspector.ts';

const quick = { methods: [{ method: 'min-max' }, { method: 'mse' }], speedRuns: 0 } as const;

t.test('every convolution of a U-Net runs on integers, and probabilities stay close', async (t) => {
	for (const options of [
		{},
		{ up: 'transposed' },
		{ down: 'max-pool', channels: 3 },
		{ input: 'standardized' },
	] as const) {
		const what = JSON.stringify(options);
		const graph = smallInspector(options);
		const images = smallImages(8, 'channels' in options ? options.channels : 1);
		const { graph: quantized, report } = await quantizeModel(graph, images, quick);
		t.ok(report.audit.passed, what);
		t.equal(report.audit.fused, convolutions(graph), what);
		t.strictSame([report.audit.floatConvolutions, report.audit.strayPairs], [[], []], what);
		t.ok(
			encodeModel(quantized).length < 0.5 * encodeModel(graph).length,
			`${what}: the file is less than half as large`,
		);
		t.ok((await meanDifference(graph, quantized, images)) < 0.01, `${what}: mask probabilities`);
	}
});

t.test('the report says what was chosen and how each value fares', async (t) => {
	const images = smallImages(6);
	const { report } = await quantizeModel(smallInspector(), images, { speedRuns: 3 });
	t.equal(report.calibrationImages, 6);
	t.strictSame(
		report.candidates.map(({ how }) => how),
		TRIED_METHODS,
	);
	const best = report.candidates.reduce((a, b) => (b.score > a.score ? b : a));
	t.strictSame(report.chosen, best.how);
	t.equal(report.judgedBy, 'closeness');
	t.strictSame(
		report.repairs.map(({ repair }) => repair),
		REPAIR_NAMES,
	);
	const kept = report.repairs.filter(({ outcome }) => outcome === 'kept');
	t.ok(kept.every(({ gain }) => gain! > 0));
	t.equal(report.score, kept.at(-1)?.score ?? best.score);
	t.ok(report.score >= report.candidates[0].score, 'no worse than min-max');
	t.ok(report.values.length > 15);
	for (const { name, scale, saturated, sqnrDb, seen } of report.values) {
		t.ok(scale > 0 && saturated >= 0 && saturated < 0.01, name);
		t.ok(sqnrDb === null || sqnrDb > 15, `${name}: ${sqnrDb} dB`);
		t.ok(seen.min <= seen.max, name);
	}
	t.ok(report.inFloat.some(({ op }) => op === 'Sigmoid'));
	t.match(report.speed, { threads: 1, runs: 3, ratio: Number });
	t.ok(report.speed!.fp32Ms > 0 && report.speed!.int8Ms > 0);
});

t.test(
	'a score on held-out data decides between candidates, and a repair that does not raise it is taken back',
	async (t) => {
		const graph = smallInspector();
		const methods = [{ method: 'min-max' }, { method: 'percentile', percentile: 99 }] as const;
		const seen: Graph[] = [];
		// The float model, both methods, then repairs: only the second of them helps.
		const scores = [10, 1, 2, 2, 3];
		const score = async (candidate: Graph) => scores[seen.push(candidate) - 1] ?? 0;
		const options = { methods, score, speedRuns: 0 };
		const { graph: quantized, report } = await quantizeModel(graph, smallImages(4), options);
		t.strictSame(report.chosen, methods[1]);
		t.equal(quantized, seen[4]);
		t.match(report, { judgedBy: 'held-out score', floatScore: 10, score: 3 });
		t.match(report.repairs.slice(0, 3), [
			{ repair: 'equalize', outcome: 'dropped', gain: 0 },
			{ repair: 'correct-bias', outcome: 'kept', gain: 1, score: 3 },
			{ repair: 'round-weights', outcome: 'dropped', gain: -3 },
		]);
	},
);

t.test('expensive repairs wait until the score asks for them; what is switched off is not tried', async (t) => {
	const options = { methods: [{ method: 'min-max' }], score: async () => 1, speedRuns: 0 } as const;
	const outcomes = async (more: object) => {
		const { report } = await quantizeModel(smallInspector(), smallImages(3), { ...options, ...more });
		return Object.fromEntries(report.repairs.map(({ repair, outcome }) => [repair, outcome]));
	};
	t.strictSame(await outcomes({ repairs: { equalize: 'off' } }), {
		equalize: 'off',
		'correct-bias': 'dropped',
		'round-weights': 'not needed',
		'match-means': 'not needed',
		'keep-in-float': 'not needed',
	});
	const off = { equalize: 'off', 'correct-bias': 'off', 'keep-in-float': 'off' };
	t.match(await outcomes({ repairs: { ...off, 'match-means': 'on' } }), {
		'correct-bias': 'off',
		'round-weights': 'not needed',
		'match-means': 'dropped',
	});
});

t.test('calibration reads a stream one image at a time, and refuses one that cannot be read twice', async (t) => {
	const images = smallImages(40);
	let [reads, given] = [0, 0];
	const stream = {
		async *[Symbol.asyncIterator]() {
			reads++;
			for (const image of images) {
				given++;
				yield image;
			}
		},
	};
	const options = { speedRuns: 0, methods: [{ method: 'min-max' }] } as const;
	const { graph, report } = await quantizeModel(smallInspector(), stream, options);
	t.equal(report.calibrationImages, 40);
	t.equal(given, reads * 40);
	t.strictSame(encodeModel(graph), encodeModel((await quantizeModel(smallInspector(), images, options)).graph));
	await t.rejects(quantizeModel(smallInspector(), stream[Symbol.asyncIterator](), options), TypeError);
});

t.test('the same input gives the same bytes', async (t) => {
	const [a, b] = [await quantized(), await quantized()];
	t.ok(Buffer.from(a).equals(b));
	t.ok(Buffer.from(encodeModel(decodeModel(a))).equals(a), 'and they survive reading and writing');
});

t.test('the reference checker accepts the quantized model', { skip: withoutPython('onnx') }, async (t) => {
	const folder = await mkdtemp(join(tmpdir(), 'andon-quantize-'));
	t.teardown(() => rm(folder, { recursive: true }));
	await writeFile(join(folder, 'int8.onnx'), await quantized());
	t.equal(runPython('check-onnx.py', [join(folder, 'int8.onnx')]), '');
});

t.test('the audit fails where the bias scale is not the product of scales', async (t) => {
	const { graph } = await quantizeModel(smallInspector(), smallImages(4), { speedRuns: 0 });
	const [name] = [...graph.initializers.keys()].filter((key) => /bias.*\/scale$/.test(key));
	const scales = graph.initializers.get(name)!;
	const shifted = { ...scales, data: (scales.data as Float32Array).map((s) => s * 1.5) };
	const broken = { ...graph, initializers: new Map(graph.initializers).set(name, shifted) };
	const report = await audit(encodeModel(broken));
	t.notOk(report.passed, JSON.stringify(report));
});

t.test('the audit fails on a float model', async (t) => {
	const report = await audit(encodeModel(smallInspector()));
	t.notOk(report.passed);
	t.equal(report.fused, 0);
	t.equal(report.floatConvolutions.length, convolutions(smallInspector()));
});

t.test('the audit names what runs on integers, but slowly', async (t) => {
	const g = new GraphBuilder('slow');
	const image = g.input('image', 'uint8', [1, 16, 16, 1]);
	const x = g.mul(g.op('Cast', [g.reshape(image, [1, 1, 16, 16])], { to: 1 }), g.scalar(1 / 255));
	const weight = (dims: number[]) => float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.1));
	const conv = (value: string, from: number) => g.op('Conv', [value, g.constant(weight([16, from, 3, 3]))]);
	g.output(g.sigmoid(conv(g.op('DepthToSpace', [conv(x, 1)], { blocksize: 2 }), 4)), 'y');
	const { graph } = await quantizeModel(g.build(), [new Uint8Array(256).fill(9)], { speedRuns: 0 });
	const { slowPath, operators } = await audit(encodeModel(graph));
	t.ok(operators.Transpose > 0, 'ONNX Runtime moves channels around DepthToSpace');
	t.match(slowPath, [/^Transpose .*QLinearConv/]);
});

t.test('no images, images of the wrong size and foreign files are refused', async (t) => {
	await t.rejects(quantizeModel(smallInspector(), []), { code: 'USAGE' });
	await t.rejects(quantizeModel(smallInspector(), [new Uint8Array(7)]), { code: 'MODEL_FAILED', message: /7 bytes/ });
	await t.rejects(audit(new TextEncoder().encode('not a model')), { code: 'MODEL_UNREADABLE' });
	await t.rejects(measureSpeed(new Uint8Array(9), new Uint8Array(9)), { code: 'MODEL_UNREADABLE' });
});

async function quantized(): Promise<Uint8Array> {
	const { graph } = await quantizeModel(smallInspector(), smallImages(4), quick);
	return encodeModel(graph);
}

function convolutions({ nodes }: Graph): number {
	return nodes.filter(({ op }) => op === 'Conv' || op === 'ConvTranspose').length;
}

/** Mean absolute difference of the mask probabilities, as deployed. */
async function meanDifference(a: Graph, b: Graph, images: readonly Uint8Array[]): Promise<number> {
	let sum = 0;
	let count = 0;
	for (const image of images) {
		const feeds = { image: new Tensor('uint8', image, a.inputs[0].shape as number[]) };
		const [x, y] = await Promise.all([a, b].map((graph) => runGraph(graph, feeds, true)));
		const [p, q] = [x, y].map(({ mask }) => mask.data as Float32Array);
		for (const [i, value] of p.entries()) sum += Math.abs(value - q[i]);
		count += p.length;
	}
	return sum / count;
}
