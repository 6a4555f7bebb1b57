/** What became of the models for GPUs, as a page shows it. */
import { z } from 'zod';
import type { TargetSummary } from '../../training/report/report-data.ts';
import { byOperator, candidatesSchema, inFloatSchema, rangesInWords, repairsSchema } from './summarise-quantization.ts';

/** As bundles keep it; of an older one, repairs are missing. */
const schema = z.looseObject({
	tensorrt: z
		.looseObject({
			calibrationImages: z.number(),
			judgedBy: z.string(),
			...candidatesSchema,
			repairs: repairsSchema.optional(),
			values: z.number(),
			convolutions: z.number(),
			inFloat: inFloatSchema,
			violations: z.array(z.looseObject({ rule: z.string(), node: z.string(), found: z.string() })),
		})
		.optional(),
	fp16: z
		.looseObject({
			halves: z.number(),
			inFloat: inFloatSchema,
			check: z.looseObject({
				passed: z.boolean(),
				images: z.number(),
				frames: z.array(z.string()),
				margin: z.number().nullable(),
				maxDifference: z.number(),
			}),
		})
		.optional(),
});

/** @param kept reports by target, fresh or read from a bundle; of what is no such thing, nothing is shown */
export function summariseTargets(kept: unknown): readonly TargetSummary[] {
	const { success, data } = schema.safeParse(JSON.parse(JSON.stringify(kept ?? {})));
	if (!success) return [];
	const { tensorrt, fp16 } = data;
	return [...(tensorrt ? [ofTensorrt(tensorrt)] : []), ...(fp16 ? [ofHalf(fp16)] : [])];
}

type Reports = Required<z.infer<typeof schema>>;

function ofTensorrt(report: NonNullable<Reports['tensorrt']>): TargetSummary {
	const { violations, convolutions, values, calibrationImages, chosen, candidates, judgedBy, repairs } = report;
	const broken = violations.map(({ rule, node, found }) => `${rule} at ${node} (${found})`);
	return {
		precision: 'int8-tensorrt',
		passed: violations.length === 0 && convolutions > 0,
		proof:
			broken.length > 0
				? `It breaks rules of TensorRT: ${broken.join('; ')}.`
				: `It keeps every published rule of TensorRT, with ${convolutions} convolutions and ${values} values in int8.`,
		search: {
			calibrationImages,
			chosen: rangesInWords(chosen),
			candidates: candidates.map(({ how, score }) => ({ how: rangesInWords(how), score })),
			judgedBy,
			repairs,
		},
		inFloat: byOperator(report.inFloat),
	};
}

function ofHalf({ halves, inFloat, check }: NonNullable<Reports['fp16']>): TargetSummary {
	const { passed, images, frames, margin, maxDifference } = check;
	const below = margin === null ? '' : `, ${margin.toPrecision(3)} times below overflow at the most`;
	return {
		precision: 'fp16',
		passed,
		proof:
			`${halves} values are float16${below}, on ${images} images and ${frames.length} adversarial frames; ` +
			`outputs differ from float32 by ${maxDifference.toPrecision(2)} at most.`,
		inFloat: byOperator(inFloat),
	};
}
