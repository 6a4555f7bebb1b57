import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t from 'tap';
import { Random } from '../../../src/base/random.ts';
import { decodeModel, encodeModel } from '../../../src/graph/codec/codec.ts';
import { openModel, Tensor } from '../../../src/inference/model.ts';
import { encodeNpy } from '../../../src/inference/npy.ts';
import { importForQuantization } from '../../../src/pipeline/quantize-file/import-for-quantization.ts';
import { quantizeFile } from '../../../src/pipeline/quantize-file/quantize-file.ts';
import { runPython, withoutPython } from '../../support/python.ts';

/** Importing torch and exporting models takes its time. */
t.setTimeout(1_800_000);

const DIMS = [1, 3, 64, 64];

/**
 * Relative errors where 0.1 is too little: with random weights this one loses as much whoever quantizes it (min-max on eight
 * such images: 0.147 here, 0.150 by ONNX Runtime's own tool).
 */
const LARGEST_ERROR: Readonly<Record<string, number>> = { 'timm-mobilenetv2_100': 0.25 };

const OFF = {
	equalize: 'off',
	'correct-bias': 'off',
	'round-weights': 'off',
	'match-means': 'off',
	'keep-in-float': 'off',
} as const;

t.test(
	'what torch exports, by either exporter, becomes an int8 model that gives what the float model gives',
	{ skip: withoutPython('torch', 'torchvision', 'timm', 'onnx', 'onnxscript') },
	async (t) => {
		const folder = await mkdtemp(join(tmpdir(), 'andon-exports-'));
		t.teardown(() => rm(folder, { recursive: true }));
		const calibrate = join(folder, 'feeds');
		await mkdir(calibrate);
		for (let i = 0; i < 8; i++) await writeFile(join(calibrate, `${i}.npy`), encodeNpy(feed(i)));
		const files = JSON.parse(runPython('export-for-quantization.py', [folder]).split('\n').at(-2)!) as string[];
		t.equal(files.length, 24);
		for (const file of files) {
			const samples = { count: 8, scale: 255, mean: [0], std: [1] };
			const options = { methods: [{ method: 'min-max' }] as const, repairs: OFF, speedRuns: 0 };
			const { models, reports } = await quantizeFile(file, { calibrate, samples, ...options });
			const [bytes, report] = [models.get('int8')!, reports.cpu!];
			const name = basename(file);
			t.strictSame(report.audit.floatConvolutions, [], `${name}: every convolution on integers`);
			// A mask's probabilities stay float, and linear interpolation is faster in float.
			const isBilinear = name.startsWith('unet-bilinear');
			const inFloat = report.inFloat.map(({ op }) => op);
			t.strictSame(inFloat, isBilinear ? ['Resize', 'Sigmoid'] : name.startsWith('unet') ? ['Sigmoid'] : [], name);
			t.strictSame(report.audit.strayPairs, [], name);
			t.equal(report.audit.interpolated.length, isBilinear ? 1 : 0, name);
			const { inputs, outputs } = decodeModel(bytes);
			t.match(
				{ inputs, outputs },
				{ inputs: [{ name: 'x', shape: [/./, 3, 64, 64] }], outputs: [{ name: 'y' }] },
				name,
			);
			const float = encodeModel(importForQuantization(file));
			let [signal, noise] = [0, 0];
			for (let i = 20; i < 24; i++) {
				const [x, q] = [await run(float, feed(i)), await run(bytes, feed(i))];
				for (const [k, value] of x.entries()) {
					signal += value * value;
					noise += (value - q[k]) ** 2;
				}
			}
			const error = Math.sqrt(noise / signal);
			t.ok(error < (LARGEST_ERROR[name.replace(/-[a-z]+-\d+\.onnx$/, '')] ?? 0.1), `${name}: ${error.toFixed(4)}`);
		}
	},
);

/** Noise of a brightness of its own. */
function feed(seed: number): Tensor {
	const random = new Random(seed);
	const [low, high] = [-1 - random.uniform(), 1 + random.uniform()];
	const data = Float32Array.from({ length: 3 * 64 * 64 }, () => low + (high - low) * random.uniform());
	return new Tensor('float32', data, DIMS);
}

async function run(bytes: Uint8Array, x: Tensor): Promise<Float32Array> {
	const model = await openModel(bytes, { threads: 1 });
	const { y } = await model.run({ x });
	await model.close();
	return y.data as Float32Array;
}
