import t from 'tap';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { float32, type Graph, sizeOf } from '../../../src/graph/graph.ts';
import { foldBatchNorm } from '../../../src/graph/passes/fold-batch-norm.ts';
import { toHalf } from '../../../src/graph/passes/to-half.ts';
import { adversarialFrames } from '../../../src/quantization/targets/adversarial-frames.ts';
import { checkHalf, framesFor, measureExtremes } from '../../../src/quantization/targets/check-half.ts';
import { writeHalf } from '../../../src/quantization/targets/fp16.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

t.test('a U-Net passes with room to spare, and stays close to the float model on every frame', async (t) => {
	const { report } = await writeHalf(foldBatchNorm(smallInspector()).graph, smallImages(4));
	t.match(report.check, { passed: true, finite: true, images: 4 });
	t.equal(report.check.frames.length, 10);
	t.ok(report.check.margin > 100);
	t.ok(report.check.maxDifference < 0.01);
	t.ok(report.halves > 20);
});

t.test('values that only an adversarial frame makes too large stay in float32, and no others', async (t) => {
	const graph = bright(400);
	const [large] = graph.nodes.filter(({ op }) => op === 'Relu').map(({ outputs }) => outputs[0]);
	const dark = [new Uint8Array(64).fill(20)];
	const blind = toHalf(graph);
	const frames = framesFor(graph, dark);
	const extremes = await measureExtremes(
		graph,
		[...blind.halves.keys()].filter((name) => !graph.initializers.has(name)),
		frames,
	);
	t.equal(extremes.find(({ value }) => value === large)?.magnitude, 400 * 255);
	t.equal(extremes.find(({ value }) => value === large)?.frame, 'white');
	const check = await checkHalf(graph, blind, frames, extremes);
	t.match(check, { passed: false, largest: { frame: 'white' } });
	t.ok(check.maxDifference > 0.1, 'and it shows');
	const { graph: half, report } = await writeHalf(graph, dark);
	t.match(report.check, { passed: true, finite: true });
	t.ok(report.check.maxDifference < 1e-3);
	t.match(
		report.inFloat.filter(({ reason }) => /may exceed/.test(reason)).map(({ op }) => op),
		['Conv', 'Relu', 'Conv'],
	);
	t.ok(
		half.nodes.some(({ op, outputs }) => op === 'Conv' && outputs[0].endsWith('/half')),
		'the rest is float16',
	);
});

t.test('what is within the limit by less than the headroom stays in float32 too', async (t) => {
	const near = await writeHalf(bright(200), []);
	t.ok(near.report.inFloat.some(({ reason }) => /may exceed/.test(reason)));
	const far = await writeHalf(bright(100), []);
	t.notOk(far.report.inFloat.some(({ reason }) => /may exceed/.test(reason)));
	t.ok(far.report.check.passed);
	t.ok(Math.abs(far.report.check.margin - 65_504 / 25_500) < 1e-9);
});

t.test('adversarial frames reach both ends and have the size of the input', async (t) => {
	for (const dims of [
		[1, 20, 24, 1],
		[1, 18, 16, 3],
	]) {
		const frames = adversarialFrames(dims);
		t.ok(frames.every(({ pixels }) => pixels.length === sizeOf(dims)));
		t.equal(new Set(frames.map(({ pixels }) => pixels.join())).size, frames.length, 'no two alike');
		for (const { name, pixels } of frames.slice(2))
			t.ok(name === 'noise' || (pixels.includes(0) && pixels.includes(255)), name);
	}
});

/** Bytes times `gain` by the first convolution, brought down again by the second. */
function bright(gain: number): Graph {
	const g = new GraphBuilder('bright');
	const image = g.input('image', 'uint8', [1, 8, 8, 1]);
	const x = g.op('Cast', [g.reshape(image, [1, 1, 8, 8])], { to: 1 });
	const conv = (value: string, weight: number) => g.op('Conv', [value, g.constant(float32([1, 1, 1, 1], [weight]))]);
	const down = conv(g.relu(conv(x, gain)), 1 / gain / 255);
	g.output(g.sigmoid(conv(g.relu(conv(g.relu(down), 2)), 1)), 'y');
	return g.build();
}
