import t from 'tap';
import { analyze } from '../../src/graph/analyze.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { float32, sizeOf } from '../../src/graph/graph.ts';
import { unet, unetOptions } from '../../src/networks/unet.ts';

function convStack(n: number, layers: readonly { filters: number; kernel: number; stride?: number }[]) {
	const g = new GraphBuilder('stack');
	let x = g.input('x', 'float32', ['N', 3, n, n]);
	let depth = 3;
	layers.forEach(({ filters, kernel, stride = 1 }, i) => {
		const dims = [filters, depth, kernel, kernel];
		const weight = g.constant(float32(dims, new Float32Array(sizeOf(dims))), `w${i}`);
		const bias = g.constant(float32([filters], new Float32Array(filters)), `b${i}`);
		x = g.op('Conv', [x, weight, bias], { strides: [stride, stride] });
		depth = filters;
	});
	g.output(x, 'y');
	return g.build();
}

t.test('two 3×3 convolutions of 16 and 32 filters have 448 + 4,640 parameters and see 5×5', async (t) => {
	const result = analyze(
		convStack(12, [
			{ filters: 16, kernel: 3 },
			{ filters: 32, kernel: 3 },
		]),
	);
	t.same(
		result.layers.slice(0, 2).map((layer) => layer.parameters),
		[448, 4640],
	);
	t.equal(result.parameters, 5088);
	t.same(result.receptiveField, [5, 5]);
	t.same(result.layers[1].output, [1, 32, 8, 8]);
	t.equal(result.layers[0].macs, 10 * 10 * 16 * 27);
});

t.test('stride multiplies how fast the receptive field grows', async (t) => {
	const result = analyze(
		convStack(65, [
			{ filters: 4, kernel: 3, stride: 2 },
			{ filters: 4, kernel: 3, stride: 2 },
			{ filters: 4, kernel: 3 },
		]),
	);
	t.same(
		result.layers.slice(0, 3).map((layer) => layer.receptiveField[0]),
		[3, 7, 15],
	);
	t.same(result.layers[2].stride, [4, 4]);
});

t.test('a U-Net ends at the stride it began with', async (t) => {
	const result = analyze(unet(unetOptions.parse({ width: 64, height: 64, base: 4, depth: 3 })));
	const mask = result.layers.find((layer) => layer.output?.join() === '1,1,64,64');
	t.same(mask?.stride, [1, 1]);
	t.ok(result.macs > 0);
});
