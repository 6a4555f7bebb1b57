import t from 'tap';
import { NETWORKS } from '../../src/networks/index.ts';
import { parameterLayout } from '../../src/training/parameters.ts';
import { runPython, withoutPython } from '../support/python.ts';
import { runAndon } from '../support/run-andon.ts';

t.test('bench training measures time and memory, and says which peer is missing and why', async (t) => {
	const run = ['bench', 'training', '1@32:4', '--rounds', '1', '--threads', '1'];
	const { code, stdout, stderr } = await runAndon(...run, '--json');
	t.equal(code, 0);
	const { cases } = JSON.parse(stdout);
	t.match(cases, [
		{ name: 'training step 1@32:4', metric: 'ms per step', peer: null, ratio: null, missing: 'no --peers given' },
		{ name: 'training memory 1@32:4', metric: 'MiB at the peak', peer: null, ratio: null, missing: 'no --peers given' },
	]);
	t.ok(cases.every(({ ours }: { ours: number }) => ours > 0));
	t.match(stderr, /1@32:4, round 1 of 1: \d+ ms, no peer/);
	const elsewhere = await runAndon(...run, '--peers', t.testdir({}));
	t.match(elsewhere.stdout, /PyTorch missing: there is no .*train_step_torch\.py/);
});

t.test('bench training puts our engines side by side', async (t) => {
	const { code, stdout } = await runAndon('bench', 'training', 'tfjs:1@32:2', '--rounds', '1', '--threads', '1');
	t.equal(code, 0);
	t.match(stdout, /^training step small 1@32:2: [\d.]+ ms per step, the TensorFlow\.js engine [\d.]+: ratio [\d.]+$/m);
});

t.test('bench training refuses what is no case', async (t) => {
	for (const name of ['4@256', 'mobilenet-v2-unet:8@256:16', 'resnet50:1@64']) {
		const { code, stderr } = await runAndon('bench', 'training', name);
		t.equal(code, 1);
		t.match(stderr, new RegExp(`${name}.*CONFIG_INVALID`, 's'));
	}
});

t.test('the PyTorch peer of mobilenet-v2-unet has as many parameters', { skip: withoutPython('torch') }, async (t) => {
	const layout = parameterLayout(NETWORKS['mobilenet-v2-unet'].create({ width: 32, height: 32, channels: 3 }));
	const printed = runPython('../../bench/mobilenet_v2_unet_torch.py', ['2', '64', 'threads=1']);
	t.equal(Number(/(\d+) parameters/.exec(printed)?.[1]), layout.trainableSize);
});

t.test('bench guarantee prints each case with its share of broken promises, and best F1 beside it', async (t) => {
	const { code, stdout } = await runAndon('bench', 'guarantee', '--runs', '30', '--json');
	t.equal(code, 0);
	const { cases, holds } = JSON.parse(stdout);
	t.equal(holds, true);
	for (const key of ['method', 'r', 'delta', 'n', 'runs', 'violations', 'tolerance', 'holds', 'distribution'])
		t.ok(
			cases.every((one: object) => Object.hasOwn(one, key)),
			key,
		);
	const words = (await runAndon('bench', 'guarantee', '--runs', '30')).stdout;
	t.match(words, /best-f1 +0\.9 .*breaks/);
	t.match(words, /all \d+ promises hold; of the \d+ cases that nobody promises \d+ break/);
});

t.test('bench outputs prints how late our timer, a coil and a station are', async (t) => {
	const { code, stdout } = await runAndon('bench', 'outputs', '--parts', '6', '--fps', '30', '--json');
	t.equal(code, 0);
	const { cases } = JSON.parse(stdout);
	t.match(
		cases.map(({ name }: { name: string }) => name),
		[/timer, idle/, /half busy/, /Modbus TCP/, /whole station at 30/],
	);
	t.match(cases[0], {
		metric: 'ms late, p50',
		ours: Number,
		peer: Number,
		beside: 'setTimeout',
		spread: { p99: Number },
	});
	t.equal(cases[2].counts.driven + cases[2].counts.missed, 6);
	const { passed, rejected } = cases[3].counts;
	t.equal(passed + rejected, 6);
});
