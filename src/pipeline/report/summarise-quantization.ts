/** What a quantization reported, as a page shows it: with words for choices and the weights of each layer. */
import { z } from 'zod';
import type { Graph, Node } from '../../graph/graph.ts';
import { planQuantization, resultOf } from '../../quantization/plan.ts';
import { prepareForCpu } from '../../quantization/quantize-model.ts';
import type { QuantizationSummary, QuantizedLayer } from '../../training/report/report-data.ts';

const how = z.looseObject({ method: z.string(), percentile: z.number().optional() });
export const repairsSchema = z.array(
	z.looseObject({ repair: z.string(), outcome: z.string(), gain: z.number().nullable(), detail: z.string() }),
);
export const inFloatSchema = z.array(
	z.looseObject({ name: z.string(), op: z.string(), reason: z.string(), help: z.string().optional() }),
);
export const candidatesSchema = {
	chosen: how,
	candidates: z.array(z.looseObject({ how, score: z.number().nullable() })),
};
const range = z.looseObject({ min: z.number(), max: z.number() });

/** As bundles keep it; JSON has no infinity, which becomes null. */
const reportSchema = z.looseObject({
	calibrationImages: z.number(),
	judgedBy: z.string().optional(),
	...candidatesSchema,
	repairs: repairsSchema.optional(),
	keptInFloat: z.array(z.string()).optional(),
	values: z.array(
		z.looseObject({
			name: z.string(),
			seen: range,
			scale: z.number(),
			zeroPoint: z.number(),
			saturated: z.number(),
			sqnrDb: z.number().nullable(),
		}),
	),
	inFloat: inFloatSchema,
	audit: z.looseObject({
		passed: z.boolean(),
		fused: z.number(),
		floatConvolutions: z.array(z.string()),
		strayPairs: z.array(z.string()),
		interpolated: z.array(z.string()).optional(),
	}),
	speed: z.looseObject({ fp32Ms: z.number(), int8Ms: z.number(), ratio: z.number(), threads: z.number() }).optional(),
});

const BINS = 31;

/**
 * @param report a `QuantizationReport`, fresh or read from a bundle
 * @param graph the float model that was quantized
 * @returns undefined for what is no such report, as bundles of other makers may keep
 */
export function summariseQuantization(report: unknown, graph: Graph): QuantizationSummary | undefined {
	const { success, data } = reportSchema.safeParse(JSON.parse(JSON.stringify(report ?? null)));
	if (!success) return undefined;
	const { calibrationImages, chosen, candidates, judgedBy, repairs, audit, speed } = data;
	return {
		calibrationImages,
		chosen: rangesInWords(chosen),
		candidates: candidates.map(({ how, score }) => ({ how: rangesInWords(how), score })),
		judgedBy: judgedBy ?? 'of held-out images, or closeness to the float model',
		repairs,
		layers: describeLayers(data, graph),
		inFloat: byOperator(data.inFloat),
		audit,
		speed,
	};
}

/** What stays in float, by operator and reason. */
export function byOperator(inFloat: z.infer<typeof inFloatSchema>): QuantizationSummary['inFloat'] {
	const groups = Map.groupBy(inFloat, ({ op, reason }) => `${op}: ${reason}`);
	return Array.from(groups.values(), (group) => {
		const [{ op, reason, help }] = group;
		return { op, reason, help, nodes: group.map(({ name }) => name) };
	});
}

export function rangesInWords({ method, percentile }: z.infer<typeof how>): string {
	return percentile === undefined ? method : `percentile ${percentile}`;
}

function describeLayers(
	{ values, keptInFloat = [] }: z.infer<typeof reportSchema>,
	graph: Graph,
): readonly QuantizedLayer[] {
	const float = prepareForCpu(graph);
	const { absorbed } = planQuantization(float);
	const sources = new Map<string, Node>();
	for (const node of float.nodes)
		for (const output of node.outputs) if (!sources.has(output)) sources.set(output, node);
	// A convolution speaks for the value behind the activation that it absorbs.
	for (const node of absorbed.keys()) sources.set(resultOf(node, absorbed), node);
	const kept = new Set(keptInFloat);
	return values.map(({ name, seen, scale, zeroPoint, sqnrDb, saturated }) => {
		const node = sources.get(name);
		return {
			name,
			op: node?.op ?? 'input',
			seen: { min: seen.min, max: seen.max },
			scale,
			zeroPoint,
			sqnrDb,
			saturated,
			weights: node && weightsOf(node, float),
			...(node && kept.has(node.outputs[0]) && { inFloat: true }),
		};
	});
}

function weightsOf(node: Node, { initializers }: Graph): QuantizedLayer['weights'] {
	const values = initializers.get(node.inputs[1] ?? '')?.data;
	if (!(values instanceof Float32Array) || !['Conv', 'Gemm', 'MatMul'].includes(node.op)) return undefined;
	const largest = values.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
	const counts = new Array<number>(BINS).fill(0);
	for (const w of values) counts[Math.min(BINS - 1, Math.floor((BINS * (w / (largest || 1) + 1)) / 2))]++;
	return { largest, counts };
}
