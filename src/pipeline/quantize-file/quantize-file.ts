/** A float model that others exported and images in, models for CPUs and GPUs with the same inputs and outputs out. */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AndonError } from '../../base/errors.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import type { Precision } from '../../bundle/manifest.ts';
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import type { ProviderAudit } from '../../quantization/audit-providers.ts';
import { TARGETS, type TargetName, type TargetOptions, type TargetReports } from '../../quantization/targets/index.ts';
import { page } from '../../training/report/page.ts';
import { fileQuantizationSection } from '../../training/report/sections/quantization-section.ts';
import { dateTime } from '../../training/report/words.ts';
import { summariseQuantization } from '../report/summarise-quantization.ts';
import { summariseTargets } from '../report/summarise-targets.ts';
import { measureProviders, writeTargets } from '../write-targets.ts';
import { adversarialFeeds } from './adversarial-feeds.ts';
import { importForQuantization } from './import-for-quantization.ts';
import { loadSamples, type SampleOptions } from './load-samples.ts';

export interface QuantizeFileRequest extends TargetOptions {
	/** Where to calibrate on: images, or feeds as .npy files. */
	readonly calibrate: string;
	readonly samples: SampleOptions;
	/** By default that for CPUs. */
	readonly targets?: readonly TargetName[];
}

export interface QuantizedFile {
	readonly reports: TargetReports;
	readonly models: ReadonlyMap<Precision, Uint8Array>;
	/** The speed of the float model and of all that was made of it, by execution provider. */
	readonly providers: readonly ProviderAudit[];
	/** The page that shows the reports to people. */
	readonly page: string;
}

/** @throws what reading, calibrating and running throw */
export async function quantizeFile(path: string, request: QuantizeFileRequest): Promise<QuantizedFile> {
	const { calibrate, samples: how, targets = ['cpu'], ...options } = request;
	const graph = importForQuantization(path);
	const samples = await loadSamples(graph, calibrate, how);
	const adversarial = targets.includes('fp16') ? await adversarialFeeds(graph, calibrate, how) : [];
	const { models, reports } = await writeTargets(graph, samples, targets, { ...options, adversarial });
	const all = new Map<Precision, Uint8Array>([['fp32', encodeModel(graph)], ...models]);
	const providers = await measureProviders(all, options, samples[0]);
	return { reports, models, providers, page: renderPage(basename(path), graph, reports, providers) };
}

/**
 * Where the models go: the file that was named, or files named after the model in the folder that was named, or beside the
 * model.
 *
 * @throws USAGE when that is the float model itself, or one file for several models
 */
export async function outputPaths(
	model: string,
	out: string | undefined,
	targets: readonly TargetName[] = ['cpu'],
): Promise<ReadonlyMap<Precision, string>> {
	const isFile = out?.endsWith('.onnx') && !(await isFolder(out));
	if (isFile && targets.length > 1) throw cannotWrite('a folder for several models', out!, 'Give --out a folder.');
	const folder = out !== undefined && !isFile ? out : dirname(model);
	const paths = targets.map((target) => {
		const { precision } = TARGETS[target];
		const path = isFile ? out! : join(folder, `${basename(model, extname(model))}.${precision}.onnx`);
		return [precision, resolve(path)] as const;
	});
	if (paths.some(([, path]) => path === resolve(model)))
		throw cannotWrite('another file than the float model', model, 'Give --out another name.');
	return new Map(paths);
}

function cannotWrite(expected: string, found: string, fix: string): AndonError {
	return new AndonError('USAGE', { expected, found: `--out ${found}`, fix });
}

/** The models, and `quantization.html` beside the first, whose path is returned. @throws FILE_UNWRITABLE */
export async function writeQuantizedFile(
	paths: ReadonlyMap<Precision, string>,
	{ models, page }: QuantizedFile,
): Promise<string> {
	for (const [precision, bytes] of models) await writeAtomic(paths.get(precision)!, bytes);
	const [first] = paths.values();
	const shown = join(dirname(first), 'quantization.html');
	await writeAtomic(shown, page);
	return shown;
}

function renderPage(
	name: string,
	graph: Graph,
	{ cpu, ...others }: TargetReports,
	providers: readonly ProviderAudit[],
): string {
	const known = { targets: summariseTargets(others), providers };
	return page({
		kicker: 'Quantized model',
		title: name,
		subtitle: dateTime(new Date().toISOString()),
		sections: [fileQuantizationSection(cpu && summariseQuantization(cpu, graph), known)],
	});
}

async function isFolder(path: string): Promise<boolean> {
	return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
