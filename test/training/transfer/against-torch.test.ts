import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { encodeModel } from '../../../src/graph/codec/codec.ts';
import type { Graph } from '../../../src/graph/graph.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { NETWORKS } from '../../../src/networks/index.ts';
import { readWeights } from '../../../src/training/transfer/read-weights.ts';
import { transferWeights } from '../../../src/training/transfer/transfer-weights.ts';
import { runPython, withoutPython } from '../../support/python.ts';

/** Importing torch and exporting models takes its time. */
t.setTimeout(1_800_000);

// Keras looks for TensorFlow unless it is told otherwise.
process.env.KERAS_BACKEND = 'torch';

const size = 64;
const common = { width: size, height: size, channels: 3, score: 'none', mask: 'none', initializer: 'zeros' } as const;

const weights = 'weights.safetensors';

const cases = [
	['torchvision:resnet50', 'resnet50', 'torchvision', [weights, 'kept.onnx']],
	['torchvision:mobilenet_v2', 'mobilenet-v2', 'torchvision', [weights, 'kept.onnx', 'folded.onnx', 'dynamo.onnx']],
	['timm:resnet50', 'resnet50', 'timm', [weights, 'folded.onnx']],
	['timm:mobilenetv2_100', 'mobilenet-v2', 'timm', [weights]],
	['keras:ResNet50', 'resnet50', 'keras', [weights]],
	['keras:MobileNetV2', 'mobilenet-v2', 'keras', [weights]],
] as const;

async function features(network: Graph, x: Float32Array): Promise<Float32Array> {
	const model = await openModel(encodeModel(network), { threads: 2 });
	const result = await model.run({ x: new Tensor('float32', x, [2, 3, size, size]) });
	await model.close();
	return result.features.data as Float32Array;
}

async function floats(path: string): Promise<Float32Array> {
	const bytes = await readFile(path);
	return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

for (const [architecture, name, library, files] of cases)
	t.test(
		`weights of ${architecture} give its features`,
		{ skip: withoutPython('torch', 'safetensors', library), timeout: 300_000 },
		async (t) => {
			const folder = await mkdtemp(join(tmpdir(), 'andon-weights-'));
			t.teardown(() => rm(folder, { recursive: true }));
			runPython('write-weights.py', [architecture, folder, `${size}`, ...files]);
			const [x, expected] = [await floats(join(folder, 'x.bin')), await floats(join(folder, 'features.bin'))];
			const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
			for (const file of files) {
				const source = await readWeights(join(folder, file));
				const settings = source.scheme?.settings(new Set(source.tensors.keys())) ?? {
					style: 'torch',
					input: 'imagenet',
				};
				const { network, report } = transferWeights(
					NETWORKS[name].create({ ...common, ...settings }),
					source,
					settings,
				);
				t.equal(report.loaded, report.total, `${file}: the whole backbone, ${report.by}`);
				t.same(
					report.notes.filter((note) => note.includes('differ')),
					[],
				);
				t.equal(report.folded, file === 'folded.onnx' || file === 'dynamo.onnx');
				const ours = await features(network, x);
				const worst = ours.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0) / scale;
				t.ok(
					worst < 1e-4,
					`${file}: largest difference ${worst.toExponential(1)} of the largest feature ${scale.toFixed(1)}`,
				);
			}
		},
	);
