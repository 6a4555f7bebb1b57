/** `andon quantize model.onnx`: an int8 model beside a float model that was not made here. */
import type { QuantizationOptions } from '../quantization/quantize-model.ts';
import { quantizationRows } from './describe-quantization.ts';
import { table } from './table.ts';

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
export async function quantizeModelFile(model: string, flags: ModelFileFlags, options: QuantizationOptions) {
	const { parseImageSize } = await import('../pipeline/parse-image-size.ts');
	const { outputPath, quantizeFile, writeQuantizedFile } = await import('../pipeline/quantize-file/quantize-file.ts');
	const { calibrate, images, mean, std, scale, size, out, write } = flags;
	const file = await outputPath(model, out);
	const samples = { count: images, mean, std, scale, size: size === undefined ? undefined : parseImageSize(size) };
	const quantized = await quantizeFile(model, { calibrate, samples, ...options });
	const page = write ? await writeQuantizedFile(file, quantized) : undefined;
	return { ...quantized.report, model, file, page, written: write };
}

export function describeModelFile(result: Awaited<ReturnType<typeof quantizeModelFile>>): string {
	return table([
		...quantizationRows(result),
		['written', result.page ? [result.file, result.page] : ['no (--no-write)']],
	]);
}
