/** A bundle small enough for any test: a real model that marks bright pixels, in two precisions. */

import { writeParity } from '../../src/bundle/parity.ts';
import type { BundleDraft } from '../../src/bundle/write-bundle.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import type { Attribute, Graph } from '../../src/graph/graph.ts';
import { float32, int64 } from '../../src/graph/graph.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';

export const TINY_INPUT = { width: 12, height: 8, channels: 1 } as const;

/** mask = pixel · gain / 255, score = its maximum. */
export function tinyGraph(gain = 1): Graph {
	const { width, height, channels } = TINY_INPUT;
	const node = (op: string, inputs: string[], output: string, attributes: Record<string, Attribute> = {}) => ({
		name: output,
		op,
		domain: '',
		inputs,
		outputs: [output],
		attributes,
	});
	const drop: Record<string, Attribute> = { keepdims: { kind: 'int', value: 0 } };
	return {
		name: 'bright',
		inputs: [{ name: 'image', type: 'uint8', shape: [1, height, width, channels] }],
		outputs: [
			{ name: 'score', type: 'float32', shape: [1] },
			{ name: 'mask', type: 'float32', shape: [1, height, width] },
		],
		nodes: [
			node('Cast', ['image'], 'numbers', { to: { kind: 'int', value: 1 } }),
			node('Mul', ['numbers', 'gain'], 'scaled'),
			node('ReduceMean', ['scaled', 'channel'], 'mask', drop),
			node('ReduceMax', ['mask', 'plane'], 'score', drop),
		],
		initializers: new Map([
			['gain', float32([], [gain / 255])],
			['channel', int64([1], [3])],
			['plane', int64([2], [1, 2])],
		]),
		values: new Map(),
		opsets: { '': 21 },
		metadata: {},
	};
}

/** A frame of one grey value. */
export function tinyFrame(value: number): Uint8Array {
	return new Uint8Array(TINY_INPUT.width * TINY_INPUT.height).fill(value);
}

/** A whole bundle, ready for `writeBundle`. */
export async function tinyDraft(version = '1'): Promise<BundleDraft> {
	const models = { fp32: encodeModel(tinyGraph()), int8: encodeModel(tinyGraph(0.99)) };
	const fp32 = await openInspector({ bytes: models.fp32, input: TINY_INPUT });
	const int8 = await openInspector({ bytes: models.int8, input: TINY_INPUT });
	const parity = await writeParity([tinyFrame(10), tinyFrame(200)], { fp32: fp32.inspect, int8: int8.inspect });
	await fp32.close();
	await int8.close();
	return {
		manifest: {
			name: 'tiny',
			version,
			createdAt: '2026-01-02T03:04:05Z',
			input: TINY_INPUT,
			outputs: { score: 'score', mask: 'mask' },
			classes: ['bright'],
			models: [
				{ role: 'inspector', precision: 'fp32', file: 'inspector.fp32.onnx', default: false },
				{ role: 'inspector', precision: 'int8', file: 'inspector.int8.onnx', default: true },
			],
			operatingPoint: { threshold: 0.5, method: 'fixed', precision: 'int8' },
			metrics: { test: { image: { ap: 1 } } },
			training: { network: 'none' },
		},
		files: new Map<string, Uint8Array | string>([
			['inspector.fp32.onnx', models.fp32],
			['inspector.int8.onnx', models.int8],
			['calibration.json', JSON.stringify(tinyCalibration())],
			['report.html', '<!doctype html><title>tiny</title>'],
			...parity,
		]),
	};
}

/** 60 defective parts with scores 0.41 … 1, and 40 sound ones with 0 … 0.39, one exposure each. */
export function tinyCalibration() {
	return {
		formatVersion: 1,
		certifyingSplit: 'calibration',
		exposures: Array.from({ length: 100 }, (_, i) => ({
			image: `${i}.png`,
			group: `part-${i}`,
			class: i >= 40 ? 'bright' : 'ok',
			defective: i >= 40,
			split: 'calibration',
			scores: { fp32: (i + (i >= 40 ? 1 : 0)) / 100, int8: (i + (i >= 40 ? 1 : 0)) / 100 },
		})),
	};
}

/** The same, but the references of one model were made with another: no host gives them. */
export async function wronglyReferenced(precision: 'fp32' | 'int8'): Promise<BundleDraft> {
	const draft = await tinyDraft();
	const path = 'parity/index.json';
	const index = JSON.parse(String(draft.files.get(path)));
	for (const { outputs } of index.frames) outputs[precision].score /= 2;
	return { ...draft, files: new Map([...draft.files, [path, JSON.stringify(index)]]) };
}
