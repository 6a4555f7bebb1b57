/** The `decision:` section of station.yaml: scale, minimum sizes and severity rules, judged as they are read. */
import { z } from 'zod';
import { parseAmount, parseRule } from './severity/parse-rule.ts';
import { leavesOf } from './severity/rule.ts';
import { RuleError } from './severity/rule-error.ts';

export const mmPerPixelSchema = z
	.union([z.number().positive(), z.strictObject({ x: z.number().positive(), y: z.number().positive() })])
	.meta({ description: 'Millimetres that a pixel of the camera’s image is wide, or wide (x) and high (y)' });

/** A string that `read` understands; what it does not is said with its place. */
function understoodBy(read: (text: string) => unknown) {
	return z.string().superRefine((text, context) => {
		try {
			read(text);
		} catch (error) {
			if (!(error instanceof RuleError)) throw error;
			// What comes after relies on it.
			context.addIssue({ code: 'custom', message: error.message, continue: false });
		}
	});
}

const minimumSchema = z
	.strictObject({
		area: understoodBy((text) => parseAmount(text, 'area'))
			.optional()
			.meta({ description: 'Such as 12 px² or 0.2 mm²' }),
		length: understoodBy((text) => parseAmount(text, 'length'))
			.optional()
			.meta({ description: 'Largest diameter, such as 5 px or 0.5 mm' }),
	})
	.refine(({ area, length }) => area !== undefined || length !== undefined, 'expected area, length or both');

export const decisionSchema = z
	.strictObject({
		mmPerPixel: mmPerPixelSchema.optional(),
		minimumSize: z.record(z.string().min(1), minimumSchema).optional().meta({
			description:
				'By class, or `default` for the classes that are not named: a region smaller than every size given is no defect',
		}),
		severity: z.array(understoodBy(parseRule)).default([]).meta({
			description: 'Rules such as `defect if area > 2 mm² or any Crack`; the strictest that holds counts',
		}),
		allowRelaxing: z.boolean().default(false).meta({
			description:
				'Lets minimum sizes and `ok if …` pass parts that the threshold flags; the promised recall is void then',
		}),
	})
	.superRefine(({ severity, allowRelaxing }, context) => {
		if (allowRelaxing) return;
		severity.forEach((text, i) => {
			if (!/^\s*ok\s/i.test(text)) return;
			const message =
				'expected rules that make a verdict stricter (review if …, defect if …), found one that passes parts which ' +
				'the threshold flags; allowRelaxing: true allows it and gives up the promised recall';
			context.addIssue({ code: 'custom', path: ['severity', i], message });
		});
	});

export type DecisionConfig = z.infer<typeof decisionSchema>;

/** The section as it holds for a camera that may have a scale of its own. */
export function decisionFor(
	decision: DecisionConfig | undefined,
	mmPerPixel: z.infer<typeof mmPerPixelSchema> | undefined,
): DecisionConfig | undefined {
	return mmPerPixel === undefined ? decision : { ...(decision ?? decisionSchema.parse({})), mmPerPixel };
}

/** Whether any size or rule is in millimetres. */
export function needsScale({ minimumSize = {}, severity }: DecisionConfig): boolean {
	const sizes = Object.values(minimumSize).flatMap(({ area, length }) => [
		...(area === undefined ? [] : [parseAmount(area, 'area')]),
		...(length === undefined ? [] : [parseAmount(length, 'length')]),
	]);
	const conditions = severity.flatMap((text) => leavesOf(parseRule(text).condition));
	return [...sizes, ...conditions].some((said) => 'unit' in said && said.unit === 'mm');
}
