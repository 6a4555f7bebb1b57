/** Ours beside ONNX Runtime's own quantizer: the same float models, the same samples, in one run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Tensor } from '../../inference/model.ts';
import { quantizeModel } from '../../quantization/quantize-model.ts';
import { feedsOf, type Sample } from '../../quantization/sample.ts';
import { loadSamples, type SampleOptions } from '../quantize-file/load-samples.ts';
import { type BenchSource, openBenchSource } from './bench-source.ts';
import { compareOutputs, speedsOf } from './compare-outputs.ts';
import { judgeByLabels } from './judge-labels.ts';
import { type PeerOptions, quantizeWithPeer } from './quantize-with-peer.ts';

export interface QuantizationBenchOptions extends PeerOptions {
	/** Images for models that bring none: a dataset, or a folder of images or of .npy feeds. */
	readonly images: string;
	readonly samples: SampleOptions;
	readonly threads: number;
	/** Paired inferences of the speed measurement. */
	readonly runs: number;
	readonly note?: (line: string) => void;
}

/** One figure of one model; `peer` is undefined when the peer is missing. */
export interface Figure {
	readonly model: string;
	readonly metric: string;
	readonly better: 'smaller' | 'larger';
	readonly ours: number;
	readonly peer: number | undefined;
	/** Of the float model, where it has one. */
	readonly float?: number;
	readonly missing?: string;
}

/** @param targets see `openBenchSource` */
export async function benchQuantization(
	targets: readonly string[],
	options: QuantizationBenchOptions,
): Promise<Figure[]> {
	const figures: Figure[] = [];
	for (const target of targets) {
		const folder = await mkdtemp(join(tmpdir(), 'andon-bench-'));
		try {
			const { model, images } = split(target, options.images);
			const source = await openBenchSource(model, folder, options.python);
			figures.push(...(await benchModel(source, source.images ?? images, folder, options)));
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	}
	return figures;
}

/** `model.onnx=./photos` has images of its own. */
function split(target: string, images: string): { model: string; images: string } {
	const at = target.indexOf('=');
	return at < 0 ? { model: target, images } : { model: target.slice(0, at), images: target.slice(at + 1) };
}

async function benchModel(
	source: BenchSource,
	images: string,
	folder: string,
	options: QuantizationBenchOptions,
): Promise<Figure[]> {
	const { calibration, heldOut } = await loadBoth(source, images, options.samples);
	const { graph, report } = await quantizeModel(source.graph, calibration, { speedRuns: 0 });
	options.note?.(`${source.name}: ours by ${report.chosen.method}, ${report.inFloat.length} nodes in float`);
	const input = source.graph.inputs[0].name;
	const feeds = calibration.map((sample) => feedsOf(source.graph, sample)[input]);
	const peer = await quantizeOrWhyNot(source, feeds, folder, options);
	const models = [encodeModel(graph), ...(peer.bytes ? [peer.bytes] : [])];
	const float = encodeModel(source.graph);
	const figure = (
		metric: string,
		better: Figure['better'],
		values: readonly (number | undefined)[],
		own?: number,
	): Figure[] =>
		values[0] === undefined
			? []
			: [{ model: source.name, metric, better, ours: values[0], peer: values[1], float: own, missing: peer.missing }];
	const close = await compareOutputs(source.graph, models, heldOut);
	const times = await speedsOf(source.graph, models, heldOut[0], options);
	const [, floatMs] = await speedsOf(source.graph, [models[0], float], heldOut[0], options);
	const judged = await judgeByLabels(source, [...models, float], images, options.samples);
	return [
		...figure('ms', 'smaller', times, floatMs),
		...Array.from(close[0].errors.keys()).flatMap((output) =>
			figure(
				`error of ${output}`,
				'smaller',
				close.map(({ errors }) => errors.get(output)),
			),
		),
		...figure(
			'share with the class of the float model',
			'larger',
			close.map(({ sameClass }) => (source.random ? undefined : sameClass)),
		),
		...judged.flatMap(({ metric, values }) => figure(metric, 'larger', values.slice(0, models.length), values.at(-1))),
	];
}

/** Every other sample is kept from calibration, to compare on. */
async function loadBoth(
	{ graph }: BenchSource,
	images: string,
	options: SampleOptions,
): Promise<{ calibration: Sample[]; heldOut: Sample[] }> {
	const samples = await loadSamples(graph, images, { ...options, count: 2 * options.count });
	const pick = (rest: number) => samples.filter((_, i) => samples.length === 1 || i % 2 === rest);
	return { calibration: pick(0), heldOut: pick(1) };
}

async function quantizeOrWhyNot(
	source: BenchSource,
	feeds: readonly Tensor[],
	folder: string,
	options: PeerOptions,
): Promise<{ bytes?: Uint8Array; missing?: string }> {
	try {
		return { bytes: await quantizeWithPeer(source.path, feeds, folder, options) };
	} catch (error) {
		return { missing: messageOf(error) };
	}
}
