/** `andon quantize model.onnx`: models for CPUs and GPUs beside a float model that was not made here. */
import type { TargetName, TargetOptions } from '../quantization/targets/index.ts';
import { table } from './table.ts';
import { describeProviders, targetRows } from './targets.ts';

export interface ModelFileFlags {
	readonly calibrate: string;
	readonly images: number;
	readonly write: boolean;
	readonly out?: string;
	readonly mean: readonly number[];
	readonly std: readonly number[];
	readonly scale: number;
	readonly size?: string;
}

/** @throws what reading, calibrating and writing throw */
export async function quantizeModelFile(
	model: string,
	flags: ModelFileFlags,
	targets: readonly TargetName[],
	options: TargetOptions,
) {
	const { parseImageSize } = await import('../pipeline/parse-image-size.ts');
	const { outputPaths, quantizeFile, writeQuantizedFile } = await import('../pipeline/quantize-file/quantize-file.ts');
	const { calibrate, images, mean, std, scale, size, out, write } = flags;
	const files = await outputPaths(model, out, targets);
	const samples = { count: images, mean, std, scale, size: size === undefined ? undefined : parseImageSize(size) };
	const quantized = await quantizeFile(model, { calibrate, samples, targets, ...options });
	const page = write ? await writeQuantizedFile(files, quantized) : undefined;
	const { reports, providers } = quantized;
	return { ...reports.cpu, targets: reports, providers, model, files: Object.fromEntries(files), page, written: write };
}

export function describeModelFile(result: Awaited<ReturnType<typeof quantizeModelFile>>): string {
	return table([
		...targetRows(result.targets),
		['providers', describeProviders(result.providers)],
		['written', result.page ? [...Object.values(result.files), result.page] : ['no (--no-write)']],
	]);
}
