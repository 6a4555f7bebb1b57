import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { differentiate } from '../../src/graph/differentiate.ts';
import { float32, type Tensor } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/passes/lower.ts';
import { Tensor as OrtTensor, openModel } from '../../src/inference/model.ts';
import { importModel } from '../../src/networks/import-model.ts';
import { parameterLayout } from '../../src/training/parameters.ts';
import { permuted } from '../../src/training/transfer/arrange.ts';
import { readSafetensors } from '../../src/training/transfer/safetensors.ts';
import { runPython, withoutPython } from '../support/python.ts';

/** Importing torch and exporting models takes its time. */
t.setTimeout(1_800_000);

const size = 64;
const models = [
	['unet', 'torch'],
	['torchvision:mobilenet_v3_small', 'torchvision'],
	['torchvision:resnet18', 'torchvision'],
	['torchvision:mobilenet_v2', 'torchvision'],
	['torchvision:efficientnet_b0', 'torchvision'],
	['timm:resnet10t', 'timm'],
	['timm:convnext_atto', 'timm'],
] as const;

async function floats(path: string): Promise<Float32Array> {
	const bytes = await readFile(path);
	return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Output and gradients of Σ probe·y for two images, by the names of the file. */
async function ours(path: string, x: Float32Array, probe: Float32Array) {
	const { graph, input } = importModel(path, size, size);
	const g = GraphBuilder.from(graph, { [input.name]: [2, 3, size, size] });
	const [{ name: y }] = graph.outputs;
	const weighted = g.mul(y, g.constant(float32(g.shape(y), probe)));
	const loss = g.reduceSum(g.reshape(weighted, [-1]), [0]);
	const names = parameterLayout(graph).trainable.map((slot) => slot.name);
	const gradients = differentiate(g, loss, names);
	g.output(y);
	for (const gradient of gradients.values()) g.output(gradient);
	const model = await openModel(encodeModel(lower(g.build()).graph), { threads: 2 });
	const results = await model.run({ [input.name]: new OrtTensor('float32', x, [2, 3, size, size]) });
	await model.close();
	const values = (name: string) => results[name].data as Float32Array;
	const byName = new Map(
		[...gradients].map(([name, gradient]) => [
			name,
			{ value: graph.initializers.get(name)!, gradient: float32(graph.initializers.get(name)!.dims, values(gradient)) },
		]),
	);
	return { y: values(y), byName };
}

/** The exporters fold transpositions and new axes into constants: such a parameter is known by its values. */
function theirs(name: string, value: Tensor, parameters: ReadonlyMap<string, Tensor>) {
	const equal = (a: Tensor, b: Tensor) => a.data.length === b.data.length && a.data.every((v, i) => v === b.data[i]);
	const known = parameters.get(name);
	if (known && equal(known, value)) return { key: name, turned: false };
	for (const [key, parameter] of parameters) {
		if (equal(parameter, value)) return { key, turned: false };
		if (value.dims.length === 2 && parameter.data.length === value.data.length)
			if (equal(permuted(parameter, [1, 0]), value)) return { key, turned: true };
	}
	return undefined;
}

function distance(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
	let [difference, length] = [0, 0];
	for (let i = 0; i < a.length; i++) {
		difference += (Number(a[i]) - Number(b[i])) ** 2;
		length += Number(b[i]) ** 2;
	}
	return Math.sqrt(difference / length);
}

for (const [name, library] of models)
	t.test(
		`gradients of ${name}, exported either way, are torch's`,
		{ skip: withoutPython('torch', 'safetensors', 'onnxscript', library), timeout: 600_000 },
		async (t) => {
			const folder = await mkdtemp(join(tmpdir(), 'andon-gradients-'));
			t.teardown(() => rm(folder, { recursive: true }));
			runPython('write-gradients.py', [folder, `${size}`, name]);
			const at = (file: string) => join(folder, name.replace(':', '-'), file);
			const [x, probe, y] = [await floats(at('x.bin')), await floats(at('probe.bin')), await floats(at('y.bin'))];
			const parameters = readSafetensors(await readFile(at('parameters.safetensors')));
			const gradients = readSafetensors(await readFile(at('gradients.safetensors')));
			for (const file of ['script.onnx', 'dynamo.onnx']) {
				const result = await ours(at(file), x, probe);
				t.ok(distance(result.y, y) < 1e-5, `${file}: outputs differ by ${distance(result.y, y).toExponential(1)}`);
				const seen = new Set<string>();
				let [worst, where] = [0, ''];
				for (const [parameter, { value, gradient }] of result.byName) {
					const match = theirs(parameter, value, parameters);
					const expected = match && gradients.get(match.key);
					if (!match || !expected) continue;
					seen.add(match.key);
					const same = distance(match.turned ? permuted(gradient, [1, 0]).data : gradient.data, expected.data);
					if (same > worst) [worst, where] = [same, match.key];
				}
				const missing = [...gradients].filter(([key, { data }]) => !seen.has(key) && data.some((v) => v !== 0));
				t.same(
					missing.map(([key]) => key),
					[],
					`${file}: every parameter that torch trains`,
				);
				t.ok(worst < 1e-4, `${file}: ${seen.size} gradients differ by at most ${worst.toExponential(1)} (${where})`);
			}
		},
	);
