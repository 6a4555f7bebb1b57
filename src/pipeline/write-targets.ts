/** One float model, several deployed ones: writes each target that is wanted, and what each of them proved. */
import type { Precision } from '../bundle/manifest.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { auditProviders, type ProviderAudit } from '../quantization/audit-providers.ts';
import type { QuantizationOptions } from '../quantization/quantize-model.ts';
import type { Recommendation } from '../quantization/recommend-precision.ts';
import type { Sample } from '../quantization/sample.ts';
import { TARGETS, type TargetName, type TargetOptions, type TargetReports } from '../quantization/targets/index.ts';

export interface WrittenTargets {
	readonly models: ReadonlyMap<Precision, Uint8Array>;
	readonly reports: TargetReports;
}

/** What `andon train` writes unless told otherwise: int8 for CPUs, and float16, which is cheap to make, for GPUs. */
export const DEFAULT_TARGETS: readonly TargetName[] = ['cpu', 'fp16'];

/**
 * @param graph a float model: takes raw images, or the tensors that the samples hold
 * @throws what quantization throws
 */
export async function writeTargets(
	graph: Graph,
	samples: readonly Sample[],
	names: readonly TargetName[],
	{ repairsOf = {}, ...options }: TargetOptions,
): Promise<WrittenTargets> {
	const models = new Map<Precision, Uint8Array>();
	const reports: Record<string, unknown> = {};
	for (const name of names) {
		const { precision, write } = TARGETS[name];
		const repairs = (name !== 'fp16' && repairsOf[name]) || options.repairs;
		const { graph: written, report } = await write(graph, samples, { ...options, repairs });
		models.set(precision, encodeModel(written));
		reports[name] = report;
	}
	return { models, reports: reports as TargetReports };
}

/**
 * How fast each model is on what this host has.
 *
 * @param models the float model first
 * @param sample what is fed (default: a random image)
 * @returns nothing when no speed was to be measured
 */
export async function measureProviders(
	models: ReadonlyMap<Precision, Uint8Array>,
	{ threads, speedRuns: runs }: Pick<QuantizationOptions, 'threads' | 'speedRuns'>,
	sample?: Sample,
): Promise<readonly ProviderAudit[]> {
	return runs === 0 ? [] : auditProviders(models, { runs, threads, sample });
}

/** What a manifest tells of its targets. */
export function metricsOf(
	{ cpu, ...others }: TargetReports,
	recommendation: Recommendation | undefined,
	providers: readonly ProviderAudit[],
) {
	return {
		...(cpu && { quantization: cpu }),
		...(Object.keys(others).length > 0 && { targets: others }),
		...(recommendation && { defaultPrecision: recommendation }),
		...(providers.length > 0 && { providers }),
	};
}
