/** The cases of `andon bench quantization`: ours beside ONNX Runtime's own quantizer. */

import type { BenchCase } from '../pipeline/bench-case.ts';
import type { Figure } from '../pipeline/bench-quantization/bench-quantization.ts';
import type { Progress } from './progress.ts';

export interface QuantizationBenchFlags {
	readonly peers?: string;
	readonly python: string;
	readonly images: string;
	readonly count: number;
	readonly threads: number;
	readonly runs: number;
	readonly scale: number;
	readonly mean: readonly number[];
	readonly std: readonly number[];
	readonly size?: string;
}

/** @throws USAGE, and what opening models and images throws */
export async function benchQuantizationCases(
	targets: readonly string[],
	{ size, count, scale, mean, std, ...flags }: QuantizationBenchFlags,
	progress: Progress,
): Promise<BenchCase[]> {
	const { BENCH_MODELS } = await import('../pipeline/bench-quantization/bench-source.ts');
	const { benchQuantization } = await import('../pipeline/bench-quantization/bench-quantization.ts');
	const { parseImageSize } = await import('../pipeline/parse-image-size.ts');
	const samples = { count, scale, mean, std, size: size === undefined ? undefined : parseImageSize(size) };
	const figures = await benchQuantization(targets.length > 0 ? targets : BENCH_MODELS, {
		...flags,
		samples,
		note: (line) => progress.note(line),
	});
	return figures.map(caseOf);
}

function caseOf({ model, metric, better, ours, peer, float, missing }: Figure): BenchCase {
	const ratio = peer === undefined ? null : better === 'smaller' ? peer / ours : ours / peer;
	return {
		name: `quantization ${model}`,
		metric,
		ours,
		peer: peer ?? null,
		ratio,
		beside: "ONNX Runtime's quantizer",
		...(float !== undefined && { float }),
		...(missing !== undefined && { missing }),
	};
}
