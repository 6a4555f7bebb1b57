import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { foldBatchNorm } from '../../../src/graph/passes/fold-batch-norm.ts';
import { NETWORKS } from '../../../src/networks/index.ts';
import { readTrainOptions } from '../../../src/training/read-train-options.ts';
import { startNetwork } from '../../../src/training/transfer/start-network.ts';

const given = { width: 32, height: 32, channels: 3, seed: 0, classes: 2 };
const base = { preset: 'default', set: [], size: 32, steps: 40 } as const;
const small = ['network.options.alpha=0.05', 'network.options.blocks=[1,1,1,1]', 'schedule.rate=0.01'];

async function write(folder: string, change: (graph: Graph) => Graph = (graph) => graph): Promise<string> {
	const options = { ...given, alpha: 0.05, blocks: [1, 1, 1, 1], seed: 7, style: 'torch' };
	const path = join(folder, 'weights.onnx');
	await writeFile(path, encodeModel(change(NETWORKS.resnet50.create(options))));
	return path;
}

async function start(flags: object, set: readonly string[] = []) {
	const options = await readTrainOptions({ ...base, network: 'resnet50', ...flags, set: [...small, ...set] });
	return startNetwork(options, given);
}

t.test('a frozen encoder leaves the heads to train, and joins at its step with its rate', async (t) => {
	const weights = await write(t.testdir());
	const { layout, fineTune, report } = await start(
		{ weights, freeze: ['encoder'], unfreezeAt: 0.25, fineTuneRate: 0.002 },
		['network.options.style=torch'],
	);
	t.equal(report?.loaded, report?.total);
	t.ok(layout.trainable.every((slot) => slot.name.startsWith('score/')));
	t.same(layout.running, []);
	t.equal(fineTune?.step, 10);
	t.equal(fineTune?.rate, 0.002);
	t.ok(fineTune?.trainable.includes('conv1_conv/weight') && fineTune.trainable.includes('conv1_bn/scale'));
});

t.test('without a rate fine-tuning goes at a tenth, without a step it never comes', async (t) => {
	t.equal((await start({ freeze: ['2'], unfreezeAt: 0.5 })).fineTune?.rate, 0.001);
	const never = await start({ freeze: ['2'] });
	t.equal(never.fineTune, undefined);
	t.notOk(never.layout.trainable.some((slot) => slot.name.startsWith('conv1_')));
	t.equal((await start({ unfreezeAt: 0.5 })).fineTune, undefined, 'nothing is frozen');
});

t.test('only what is named joins', async (t) => {
	const { fineTune } = await start({ freeze: ['encoder'], unfreezeAt: 0.5 }, ['transfer.unfreeze=conv5_*']);
	t.ok(fineTune?.trainable.every((name) => /^(score|conv5_)/.test(name)));
	t.ok(fineTune?.trainable.some((name) => name.startsWith('conv5_')));
});

t.test('weights choose the style that fits them, unless the settings say otherwise', async (t) => {
	const weights = await write(t.testdir(), (graph) => withoutNames(graph));
	const strideOf = ({ nodes }: Graph) =>
		nodes.find((node) => node.outputs[0] === 'conv3_block1_1_conv')?.attributes.strides;
	const torch = await start({ weights });
	t.same(strideOf(torch.network), { kind: 'ints', value: [1, 1] });
	t.same(torch.report?.notes, []);
	const keras = await start({ weights }, ['network.options.style=keras']);
	t.same(strideOf(keras.network), { kind: 'ints', value: [2, 2] });
	t.match(keras.report?.notes.join(), /conv3_block1_1_conv has stride/);
});

t.test('normalisations that were folded in the file keep their place; others keep it when asked', async (t) => {
	const folded = await write(t.testdir(), (graph) => withoutNames(foldBatchNorm(graph).graph));
	const { layout, report } = await start({ weights: folded });
	t.ok(report?.folded);
	t.same(layout.running, []);
	t.notOk(layout.trainable.some((slot) => slot.name.endsWith('/scale')));
	t.ok(
		layout.trainable.some((slot) => slot.name === 'conv1_bn/bias') &&
			layout.trainable.some((slot) => slot.name === 'conv1_conv/weight'),
	);
	const whole = await write(t.testdir());
	const set = ['network.options.style=torch'];
	t.ok((await start({ weights: whole }, set)).layout.running.length > 0);
	t.same((await start({ weights: whole }, [...set, 'transfer.normalizations=keep'])).layout.running, []);
});

t.test('an ONNX file is a network by its path', async (t) => {
	const file = await write(t.testdir());
	const options = await readTrainOptions({
		...base,
		network: file,
		cut: 'conv4_block1_out',
		freeze: ['conv2_block1_out'],
	});
	t.match(options.network, { name: 'onnx', options: { file, cut: 'conv4_block1_out' } });
	const { network, layout } = await startNetwork(options, given);
	t.ok(network.nodes.some((node) => node.outputs[0] === 'conv4_block1_out'));
	t.notOk(network.nodes.some((node) => node.outputs[0] === 'conv5_block1_out'));
	const names = layout.trainable.map((slot) => slot.name);
	t.ok(names.includes('conv3_block1_1_conv/weight') && !names.some((name) => /^conv[12]_/.test(name)));
});

/** The graph under names that say nothing. */
function withoutNames(graph: Graph): Graph {
	const names = new Map([...graph.initializers.keys()].map((name, i) => [name, `onnx::${i}`]));
	const of = (name: string) => names.get(name) ?? name;
	return {
		...graph,
		initializers: new Map([...graph.initializers].map(([name, tensor]) => [of(name), tensor])),
		nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(of) })),
		values: new Map(),
	};
}
