/** A bundle of a classifier without a mask, of 64 × 64 grey pixels, that flags what is dark; with an explainer or without. */
import { writeParity } from '../../src/bundle/parity.ts';
import { writeBundle } from '../../src/bundle/write-bundle.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { encodeModel } from '../../src/graph/codec/codec.ts';
import { float32, type Graph } from '../../src/graph/graph.ts';
import { openInspector } from '../../src/inference/inspector-model.ts';
import { deploy } from '../../src/networks/deploy.ts';
import { explainerOf } from '../../src/pipeline/explainer-of.ts';
import { tinyCalibration } from './tiny-bundle.ts';

const SIZE = 64;
const INPUT = { width: SIZE, height: SIZE, channels: 1 } as const;

/** Channel 0 sees bright (above 0.6), channel 1 dark (below 0.4); `rows` gives the weights of both for each logit. */
export function brightAndDarkClassifier(size: number, rows: readonly (readonly number[])[]): Graph {
	const g = new GraphBuilder('bright-and-dark');
	const x = g.input('x', 'float32', ['N', 1, size, size]);
	const weight = g.constant(float32([2, 1, 1, 1], [1, -1]));
	const features = g.relu(g.op('Conv', [x, weight, g.constant(float32([2], [-0.6, 0.4]))], { kernel_shape: [1, 1] }));
	const smaller = g.op('AveragePool', [features], { kernel_shape: [2, 2], strides: [2, 2] });
	const pooled = g.op('Flatten', [g.op('GlobalMaxPool', [smaller])], { axis: 1 });
	const dense = g.constant(float32([rows.length, 2], rows.flat()));
	g.output(g.op('Gemm', [pooled, dense], { transB: 1 }), 'score_logits');
	return g.build();
}

export async function writeClassifierBundle(dir: string, threshold: number, explained = true): Promise<string> {
	const bytes = encodeModel(deploy(brightAndDarkClassifier(SIZE, [[0, 10]])));
	const inspector = await openInspector({ bytes, input: INPUT });
	const parity = await writeParity([new Uint8Array(SIZE * SIZE).fill(220)], { fp32: inspector.inspect });
	await inspector.close();
	const explainer = explained ? explainerOf(bytes) : undefined;
	await writeBundle(dir, {
		manifest: {
			name: 'dark',
			version: '1',
			createdAt: '2026-01-02T03:04:05Z',
			input: INPUT,
			outputs: { score: 'score' },
			classes: ['dark'],
			models: [{ role: 'inspector', precision: 'fp32', file: 'inspector.fp32.onnx', default: true }],
			...(explainer && { explainer: 'explainer.fp32.onnx' }),
			operatingPoint: { threshold, method: 'fixed', precision: 'fp32' },
			metrics: {},
			training: {},
		},
		files: new Map<string, Uint8Array | string>([
			['inspector.fp32.onnx', bytes],
			...(explainer ? [['explainer.fp32.onnx', explainer] as const] : []),
			['calibration.json', JSON.stringify(tinyCalibration())],
			...parity,
		]),
	});
	return dir;
}
