/** What a quantization gave, in words. */
import type { LeftInFloat } from '../quantization/plan.ts';
import type { QuantizationReport } from '../quantization/quantize-model.ts';
import type { RangeMethod } from '../quantization/ranges/index.ts';

/** Rows of a table: how ranges were chosen, the audit, what stays in float and why, speed, the weakest value. */
export function quantizationRows(report: QuantizationReport): [string, readonly string[]][] {
	const { audit, chosen, calibrationImages, inFloat } = report;
	return [
		['ranges', [`${methodName(chosen)}, from ${calibrationImages} images`]],
		['audit', auditLines(audit)],
		['in float', floatLines(inFloat)],
		['speed', [speedLine(report)]],
		['weakest', [weakest(report)]],
	];
}

function methodName(how: RangeMethod): string {
	if (how.method === 'percentile') return `${how.percentile} % of the values`;
	return how.method === 'min-max' ? 'smallest to largest value' : 'least squared error';
}

function auditLines({ passed, fused, floatConvolutions, strayPairs }: QuantizationReport['audit']): string[] {
	return [
		`${passed ? 'passed' : 'FAILED'}: ${fused} convolutions on integers, ${floatConvolutions.length} in float, ${strayPairs.length} stray conversions`,
		...floatConvolutions.map((name) => `in float: ${name}`),
		...strayPairs.map((pair) => `converted back: ${pair}`),
	];
}

/** One line an operator and reason, such as `Sigmoid: it is computed in float (out/sigmoid)`. */
function floatLines(inFloat: readonly LeftInFloat[]): string[] {
	if (inFloat.length === 0) return ['nothing'];
	const groups = Map.groupBy(inFloat, ({ op, reason }) => `${op}: ${reason}`);
	return Array.from(groups, ([what, [first, ...others]]) => {
		return `${what} (${first.name}${others.length > 0 ? ` and ${others.length} more` : ''})`;
	});
}

function speedLine({ speed }: QuantizationReport): string {
	if (!speed) return 'not measured';
	const threads = speed.threads === 1 ? '1 thread' : `${speed.threads} threads`;
	return `int8 ${speed.int8Ms.toFixed(2)} ms, fp32 ${speed.fp32Ms.toFixed(2)} ms: ${speed.ratio.toFixed(2)}× (${threads})`;
}

function weakest({ values }: QuantizationReport): string {
	const known = values.filter(({ sqnrDb }) => sqnrDb !== null);
	const worst = known.toSorted((a, b) => a.sqnrDb! - b.sqnrDb!)[0];
	return worst ? `${worst.name}: ${worst.sqnrDb!.toFixed(1)} dB signal to quantization noise` : 'nothing differs';
}
