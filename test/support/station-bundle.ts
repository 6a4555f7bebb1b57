/** A bundle for station tests: a real model of 64 × 64 grey pixels that marks bright pixels, as slow as a test wants it. */
import { writeParity } from '../../src/bundle/parity.ts';
import { writeBundle } from '../../src/bundle/write-bundle.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import type { Attribute, Graph } from '../../src/graph/graph.ts';
import { float32, int64 } from '../../src/graph/graph.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';
import { tinyCalibration } from './tiny-bundle.ts';

export const SIZE = 64;
const INPUT = { width: SIZE, height: SIZE, channels: 1 } as const;

/** mask = gain · pixel / 255, score = its maximum; `work` products of 1024² matrices come before it and change nothing. */
function brightGraph(work: number, gain: number): Graph {
	const node = (op: string, inputs: string[], output: string, attributes: Record<string, Attribute> = {}) => ({
		name: output,
		op,
		domain: '',
		inputs,
		outputs: [output],
		attributes,
	});
	const drop: Record<string, Attribute> = { keepdims: { kind: 'int', value: 0 } };
	const n = 1024;
	// Rows of the image, repeated: depends on the input, so that it cannot be computed beforehand.
	const products = Array.from({ length: work }, (_, i) => node('MatMul', [`p${i}`, 'shrink'], `p${i + 1}`));
	return {
		name: 'bright',
		inputs: [{ name: 'image', type: 'uint8', shape: [1, SIZE, SIZE, 1] }],
		outputs: [
			{ name: 'score', type: 'float32', shape: [1] },
			{ name: 'mask', type: 'float32', shape: [1, SIZE, SIZE] },
		],
		nodes: [
			node('Cast', ['image'], 'numbers', { to: { kind: 'int', value: 1 } }),
			node('Mul', ['numbers', 'gain'], 'scaled'),
			node('ReduceMean', ['scaled', 'channel'], 'seen', drop),
			...(work === 0
				? [node('Identity', ['seen'], 'mask')]
				: [
						node('ReduceMean', ['seen', 'plane'], 'level', drop),
						node('Reshape', ['level', 'one'], 'cell'),
						node('Expand', ['cell', 'square'], 'p0'),
						...products,
						node('ReduceMean', [`p${work}`, 'both'], 'rest', drop),
						node('Mul', ['rest', 'zero'], 'nothing'),
						node('Add', ['seen', 'nothing'], 'mask'),
					]),
			node('ReduceMax', ['mask', 'plane'], 'score', drop),
		],
		initializers: new Map([
			['gain', float32([], [gain / 255])],
			['channel', int64([1], [3])],
			['plane', int64([2], [1, 2])],
			...(work === 0
				? []
				: ([
						['one', int64([2], [1, 1])],
						['square', int64([2], [n, n])],
						['both', int64([2], [0, 1])],
						['zero', float32([], [0])],
						['shrink', float32([n, n], new Float32Array(n * n).fill(1 / n))],
					] as const)),
		]),
		values: new Map(),
		opsets: { '': 21 },
		metadata: {},
	};
}

export interface StationBundleOptions {
	/** Slows an inference down: each is about 2 · 1024³ operations. */
	readonly work?: number;
	readonly threshold?: number;
	/** Another model: its scores are so many times those of the usual one. */
	readonly gain?: number;
	readonly version?: string;
	/** Its reference outputs are those of a model of this gain: it proves nothing then. */
	readonly parityOf?: number;
}

/** Writes the bundle. The calibration is that of the tiny bundle: 60 defective parts from 0.41, 40 sound ones below 0.4. */
export async function writeStationBundle(dir: string, options: StationBundleOptions = {}): Promise<string> {
	const bytes = encodeModel(brightGraph(options.work ?? 0, options.gain ?? 1));
	const reference = encodeModel(brightGraph(options.work ?? 0, options.parityOf ?? options.gain ?? 1));
	const inspector = await openInspector({ bytes: reference, input: INPUT });
	const frames = [new Uint8Array(SIZE * SIZE).fill(20), new Uint8Array(SIZE * SIZE).fill(220)];
	const parity = await writeParity(frames, { fp32: inspector.inspect });
	await inspector.close();
	await writeBundle(dir, {
		manifest: {
			name: 'bright',
			version: options.version ?? '1',
			createdAt: '2026-01-02T03:04:05Z',
			input: INPUT,
			outputs: { score: 'score', mask: 'mask' },
			classes: ['bright'],
			models: [{ role: 'inspector', precision: 'fp32', file: 'inspector.fp32.onnx', default: true }],
			operatingPoint: { threshold: options.threshold ?? 0.5, method: 'fixed', precision: 'fp32' },
			metrics: {},
			training: {},
		},
		files: new Map<string, Uint8Array | string>([
			['inspector.fp32.onnx', bytes],
			['calibration.json', JSON.stringify(tinyCalibration())],
			...parity,
		]),
	});
	return dir;
}
