import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import { float32, type Graph, type Node, type Tensor } from '../../../src/graph/graph.ts';
import { linksOf } from '../../../src/graph/links.ts';
import { audit } from '../../../src/quantization/audit.ts';
import { equalize } from '../../../src/quantization/repair/equalize.ts';
import { build } from '../../../src/quantization/repair/repair.ts';
import { checkTensorrt } from '../../../src/quantization/targets/check-tensorrt.ts';
import { tensorrtScheme } from '../../../src/quantization/targets/tensorrt-scheme.ts';
import { largestDifference } from '../../support/compare-graphs.ts';
import { benchOf, plainRecipe, REPAIRED_TARGETS, repaired } from '../../support/recipes.ts';
import { smallImages, smallInspector } from '../../support/small-inspector.ts';

const random = new Random(3);

t.test('equalization wins back what channels of very different size lose, and changes no float output', async (t) => {
	for (const { target, scheme, prepare, isRight } of REPAIRED_TARGETS) {
		const balanced = prepare(smallInspector());
		const uneven = unbalance(balanced);
		const images = smallImages(6);
		const bench = benchOf(balanced, images);
		t.ok((await largestDifference(balanced, uneven, random)) < 1e-5, 'the same function');
		const recipe = await plainRecipe(uneven, images, scheme);
		const restored = repaired(await equalize.apply(recipe, bench));
		t.ok((await largestDifference(balanced, restored.float, random)) < 1e-5, 'still the same function');
		const [before, after, ideal] = await Promise.all(
			[recipe, restored, await plainRecipe(balanced, images, scheme)].map((each) => bench.score(each)),
		);
		t.ok(before < ideal - 6, `${target}: ${before} dB where channels differ, ${ideal} dB where they do not`);
		t.ok(after > ideal - 1, `${target}: ${after} dB after equalization`);
		t.ok(await isRight(build(restored).graph), target);
	}
});

t.test(
	'a ReLU6 keeps its bound channel by channel, through depthwise convolutions, and needs no node on integers',
	async (t) => {
		const graph = mobileBlock();
		const images = Array.from({ length: 6 }, () => Uint8Array.from({ length: 256 }, () => random.integer(256)));
		const recipe = await plainRecipe(graph, images);
		const restored = repaired(await equalize.apply(recipe, benchOf(graph, images)));
		t.equal(restored.float.nodes.filter(({ op }) => op === 'Min').length, 2);
		const difference = await largestDifference(graph, restored.float, random);
		t.ok(difference < 1e-4, `the same function, saturated channels included: ${difference}`);
		t.ok(
			[...recipe.observed.values()].some(({ histogram }) => histogram.max === 6),
			'there were some',
		);
		const { graph: quantized } = build(restored);
		t.notOk(quantized.nodes.some(({ op }) => op === 'Min' || op === 'Relu' || op === 'Clip'));
		t.match(await audit(encodeModel(quantized)), { passed: true, fused: 3 });
		const bench = benchOf(graph, images);
		const [before, after] = [await bench.score(recipe), await bench.score(restored)];
		t.ok(after > before + 10, `${before} dB before, ${after} dB after`);
	},
);

t.test('for TensorRT, a bound per channel is a node, so it has to gain what is worth its time', async (t) => {
	const graph = mobileBlock();
	const images = Array.from({ length: 6 }, () => Uint8Array.from({ length: 256 }, () => random.integer(256)));
	const recipe = await plainRecipe(graph, images, tensorrtScheme);
	const result = await equalize.apply(recipe, benchOf(graph, images));
	t.match(result, { slows: true, detail: /2 ReLU6 .*takes time/ });
	t.strictSame(checkTensorrt(build(repaired(result)).graph), []);
	const onCpu = await equalize.apply(await plainRecipe(graph, images), benchOf(graph, images));
	t.match(onCpu, { slows: false });
});

t.test('a value that anything but convolutions reads keeps its scale', async (t) => {
	const g = new GraphBuilder('residual');
	const x = camera(g);
	const first = g.relu(conv(g, x, [4, 1, 1, 1]));
	const block = conv(g, first, [4, 4, 1, 1]);
	g.output(conv(g, g.add(block, first), [2, 4, 1, 1]), 'y');
	const images = [Uint8Array.from({ length: 256 }, () => random.integer(256))];
	const graph = g.build();
	const result = await equalize.apply(await plainRecipe(graph, images), benchOf(graph, images));
	t.match(result, { nothing: /convolution/ });
});

/** Divides the rows of a convolution and multiplies the columns of the one behind its ReLU, by factors up to 16. */
function unbalance(graph: Graph): Graph {
	const links = linksOf(graph);
	const initializers = new Map(graph.initializers);
	for (const node of graph.nodes) {
		const relu = node.op === 'Conv' ? links.onlyConsumer(node.outputs[0]) : undefined;
		const next = relu?.op === 'Relu' ? links.onlyConsumer(relu.outputs[0]) : undefined;
		if (next?.op !== 'Conv') continue;
		const [filters] = initializers.get(node.inputs[1])!.dims;
		const factors = Array.from({ length: filters }, () => 16 ** random.between(-1, 1));
		scale(initializers, node, (row) => factors[row]);
		const weight = initializers.get(next.inputs[1])!;
		const [, depth, ...kernel] = weight.dims;
		const area = kernel.reduce((a, b) => a * b);
		initializers.set(next.inputs[1], {
			...weight,
			data: (weight.data as Float32Array).map((w, i) => w / factors[Math.floor(i / area) % depth]),
		});
	}
	return { ...graph, initializers };
}

function scale(initializers: Map<string, Tensor>, node: Node, by: (row: number) => number): void {
	for (const name of node.inputs.slice(1)) {
		const tensor = initializers.get(name)!;
		const size = tensor.data.length / tensor.dims[0];
		initializers.set(name, {
			...tensor,
			data: (tensor.data as Float32Array).map((w, i) => w * by(Math.floor(i / size))),
		});
	}
}

/** Expansion, depthwise, projection, with ReLU6 between: two channels saturate, the others whisper, all matter. */
function mobileBlock(): Graph {
	const g = new GraphBuilder('block');
	const loudness = Array.from({ length: 8 }, (_, c) => (c < 2 ? 20 : 0.02 * (c + 1)));
	const clip = (x: string) => g.op('Clip', [x, g.scalar(0), g.scalar(6)]);
	const expanded = clip(conv(g, camera(g), [8, 1, 1, 1], {}, (i) => loudness[i]));
	const filtered = clip(conv(g, expanded, [8, 1, 3, 3], { group: 8, pads: [1, 1, 1, 1] }));
	g.output(
		conv(g, filtered, [3, 8, 1, 1], {}, (i) => 1 / loudness[i % 8]),
		'y',
	);
	return g.build();
}

function camera(g: GraphBuilder): string {
	const image = g.input('image', 'uint8', [1, 16, 16, 1]);
	return g.reshape(g.mul(g.op('Cast', [image], { to: 1 }), g.scalar(1 / 255)), [1, 1, 16, 16]);
}

/** Positive weights between 0.1 and 1, times a factor by their place. */
function conv(
	g: GraphBuilder,
	x: string,
	dims: number[],
	attributes: Record<string, number | number[]> = {},
	loudness: (index: number) => number = () => 1,
): string {
	const draw = (_: unknown, i: number) => random.between(0.1, 1) * loudness(i);
	const weight = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, draw);
	const bias = Float32Array.from({ length: dims[0] }, () => random.between(-0.01, 0.01));
	return g.op('Conv', [x, g.constant(float32(dims, weight)), g.constant(float32([dims[0]], bias))], attributes);
}
