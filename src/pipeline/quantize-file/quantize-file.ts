/** A float model that others exported and images in, an int8 model with the same inputs and outputs out. */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import { type QuantizationOptions, type QuantizationReport, quantizeModel } from '../../quantization/quantize-model.ts';
import { page } from '../../training/report/page.ts';
import { quantizationSection } from '../../training/report/sections/quantization-section.ts';
import { dateTime } from '../../training/report/words.ts';
import { summariseQuantization } from '../report/summarise-quantization.ts';
import { importForQuantization } from './import-for-quantization.ts';
import { loadSamples, type SampleOptions } from './load-samples.ts';

export interface QuantizeFileRequest extends QuantizationOptions {
	/** Where to calibrate on: images, or feeds as .npy files. */
	readonly calibrate: string;
	readonly samples: SampleOptions;
}

export interface QuantizedFile {
	readonly report: QuantizationReport;
	readonly bytes: Uint8Array;
	/** The page that shows the report to people. */
	readonly page: string;
}

/** @throws what reading, calibrating and running throw */
export async function quantizeFile(path: string, request: QuantizeFileRequest): Promise<QuantizedFile> {
	const { calibrate, samples, ...options } = request;
	const graph = importForQuantization(path);
	const { graph: quantized, report } = await quantizeModel(
		graph,
		await loadSamples(graph, calibrate, samples),
		options,
	);
	return { report, bytes: encodeModel(quantized), page: renderQuantization(basename(path), graph, report) };
}

/**
 * Where the int8 model goes: the file that was named, or a file named after the model in the folder that was named, or
 * beside the model.
 *
 * @throws USAGE when that is the float model itself
 */
export async function outputPath(model: string, out: string | undefined): Promise<string> {
	const name = `${basename(model, extname(model))}.int8.onnx`;
	const folder = out !== undefined && ((await isFolder(out)) || !out.endsWith('.onnx'));
	const path = out === undefined ? join(model, '..', name) : folder ? join(out, name) : out;
	if (resolve(path) !== resolve(model)) return resolve(path);
	throw new AndonError('USAGE', {
		expected: 'another file than the float model',
		found: path,
		fix: 'Give --out another name.',
	});
}

/** The model, and `quantization.html` beside it, whose path is returned. @throws FILE_UNWRITABLE */
export async function writeQuantizedFile(path: string, { bytes, page }: QuantizedFile): Promise<string> {
	await writeAtomic(path, bytes);
	const shown = join(dirname(path), 'quantization.html');
	await writeAtomic(shown, page);
	return shown;
}

function renderQuantization(name: string, graph: Graph, report: QuantizationReport): string {
	return page({
		kicker: 'Quantized model',
		title: name,
		subtitle: dateTime(new Date().toISOString()),
		sections: [quantizationSection(summariseQuantization(report, graph)!)],
	});
}

async function isFolder(path: string): Promise<boolean> {
	return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
