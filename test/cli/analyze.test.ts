import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { float32 } from '../../src/graph/graph.ts';
import { NETWORKS } from '../../src/networks/index.ts';
import { runAndon } from '../support/run-andon.ts';

t.test('analyze prints a table of layers with sizes worked out, and totals', async (t) => {
	const { code, stdout } = await runAndon('analyze', 'inception-resnet-a');
	t.equal(code, 0);
	t.match(stdout, /parameters {2,}52,960 learnt/);
	t.match(stdout, /receptive field {2,}5×5/);
	const two = (await runAndon('analyze', 'two-conv', '--size', '12')).stdout;
	for (const word of ['(12−3+2·0)/1+1 = 10', '[1, 32, 8, 8]', '4,640', '5,088 learnt', '5×5'])
		t.ok(two.includes(word), word);
});

t.test('analyze --json of every network has layers that add up', async (t) => {
	for (const name of Object.keys(NETWORKS).filter((name) => name !== 'onnx')) {
		const { code, stdout } = await runAndon('analyze', name, '--size', '32x40', '--channels', '1', '--json');
		t.equal(code, 0, name);
		const { layers, parameters, macs, inputs, unknown } = JSON.parse(stdout);
		const sum = (key: string) => layers.reduce((total: number, layer: Record<string, number>) => total + layer[key], 0);
		t.same([sum('parameters'), sum('macs'), unknown], [parameters, macs, []], name);
		t.same(inputs, { x: [1, 1, 40, 32] });
	}
});

t.test('options of a network are set, and wrong ones are named', async (t) => {
	const parameters = async (...set: string[]) => {
		const { stdout } = await runAndon('analyze', 'mobilenet-v2', '--json', ...set.flatMap((entry) => ['--set', entry]));
		return JSON.parse(stdout).parameters;
	};
	t.equal(await parameters('score=none'), 2_223_872);
	t.ok((await parameters('score=none', 'alpha=0.5')) < 1_000_000);
	const wrong = await runAndon('analyze', 'mobilenet-v2', '--set', 'alfa=1');
	t.equal(wrong.code, 1);
	t.match(wrong.stderr, /alfa.*CONFIG_INVALID/s);
	const nobody = await runAndon('analyze', 'alexnet');
	t.match(nobody.stderr, /expected an ONNX file or a network: unet, .*found alexnet/);
});

t.test('an ONNX file is analysed with the sizes given; without them they are asked for', async (t) => {
	const g = new GraphBuilder('open');
	const x = g.input('image', 'float32', ['batch', 3, 'height', 'width']);
	const weight = g.constant(float32([4, 3, 3, 3], new Float32Array(108)), 'first.weight');
	g.output(g.relu(g.op('Conv', [x, weight], { pads: [1, 1, 1, 1] })), 'y');
	const path = join(t.testdir(), 'open.onnx');
	await writeFile(path, encodeModel(g.build()));
	const asked = await runAndon('analyze', path);
	t.equal(asked.code, 1);
	t.match(asked.stderr, /image \[1, 3, height, width\].*--size/);
	const layers = async (...flags: string[]) =>
		JSON.parse((await runAndon('analyze', path, '--json', ...flags)).stdout).layers;
	t.match(await layers('--size', '20x10'), [{ name: 'first', nodes: ['Conv', 'Relu'], output: [1, 4, 10, 20] }]);
	t.match(await layers('--set', 'height=7', '--set', 'width=5', '--set', 'batch=2', '--all'), [
		{ op: 'Conv', output: [2, 4, 7, 5] },
		{ op: 'Relu' },
		{ op: 'Identity' },
	]);
	t.match((await runAndon('analyze', path, '--set', 'depth=7')).stderr, /batch, height, width.*found depth/);
	t.match((await runAndon('analyze', path, '--size', 'big')).stderr, /USAGE/);
	t.match((await runAndon('analyze', 'nowhere.onnx')).stderr, /FILE_UNREADABLE/);
});

t.test('a quantized bundle model with camera bytes as input is analysed', async (t) => {
	const { stdout } = await runAndon('analyze', 'models/demo/inspector.int8.onnx', '--json');
	const { parameters, inputs, unknown, layers } = JSON.parse(stdout);
	t.same([inputs, unknown], [{ image: [1, 128, 128, 1] }, []]);
	const fp32 = JSON.parse((await runAndon('analyze', 'models/demo/inspector.fp32.onnx', '--json')).stdout);
	t.equal(
		parameters,
		fp32.parameters + 64 + 32 + 16,
		'three convolutions without bias get one when they are quantized',
	);
	t.ok(layers.length > 10);
});
