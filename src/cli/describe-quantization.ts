/** What a quantization gave, in words. */

import type { SearchReport } from '../quantization/find-best.ts';
import type { LeftInFloat } from '../quantization/plan.ts';
import type { QuantizationReport } from '../quantization/quantize-model.ts';
import type { RangeMethod } from '../quantization/ranges/index.ts';
import { columns } from './columns.ts';

/** Rows of a table: how ranges were chosen, the audit, what stays in float and why, speed, the weakest value. */
export function quantizationRows(report: QuantizationReport): [string, readonly string[]][] {
	const { audit, chosen, calibrationImages, inFloat } = report;
	return [
		['judged by', [judgeLine(report)]],
		['ranges', [`${methodName(chosen)}, from ${calibrationImages} images`, ...candidateLines(report)]],
		['repairs', repairLines(report)],
		['audit', auditLines(audit)],
		['in float', floatLines(inFloat)],
		['speed', [speedLine(report)]],
		['weakest', [weakest(report)]],
	];
}

function judgeLine(report: QuantizationReport): string {
	if (report.floatScore === null) {
		const { heldOutImages: held } = report;
		const on = held > 0 ? `${held} images held out` : 'the calibration image itself, which proves little';
		return `closeness to the float model's outputs on ${on}: ${scoreIn(report, report.score)}`;
	}
	const [float, int8] = [report.floatScore, report.score].map((score) => scoreIn(report, score));
	return `AP and IoU of held-out images, less how far scores moved: float ${float}, int8 ${int8}`;
}

/** A table of the ranges that were tried. */
export function candidateLines(report: SearchReport): string[] {
	const rows = report.candidates.map(({ how, score }) => [methodName(how), scoreIn(report, score)]);
	return columns(['from', 'score'], rows).split('\n');
}

/** A table of the repairs that were tried, with what each gained. */
export function repairLines(report: SearchReport): string[] {
	const rows = report.repairs.map(({ repair, outcome, score, gain, detail }) => [
		repair,
		outcome,
		score === null ? '' : scoreIn(report, score),
		gain === null ? '' : `${gain > 0 ? '+' : ''}${scoreIn(report, gain)}`,
		detail,
	]);
	return columns(['repair', 'outcome', 'score', 'gain', 'what'], rows).split('\n');
}

function scoreIn({ judgedBy }: SearchReport, score: number): string {
	return judgedBy === 'closeness' ? `${score.toFixed(2)} dB` : score.toFixed(4);
}

const METHOD_NAMES: Readonly<Record<Exclude<RangeMethod['method'], 'percentile'>, string>> = {
	'min-max': 'smallest to largest value',
	'moving-min-max': 'moving average of smallest and largest values',
	kl: 'least divergence (KL)',
	mse: 'least squared error',
};

function methodName(how: RangeMethod): string {
	return how.method === 'percentile' ? `${how.percentile} % of the values` : METHOD_NAMES[how.method];
}

function auditLines(audit: QuantizationReport['audit']): string[] {
	const { passed, fused, floatConvolutions, strayPairs, interpolated } = audit;
	return [
		`${passed ? 'passed' : 'FAILED'}: ${fused} convolutions on integers, ${floatConvolutions.length} in float, ${strayPairs.length} stray conversions`,
		...floatConvolutions.map((name) => `in float: ${name}`),
		...strayPairs.map((pair) => `converted back: ${pair}`),
		...interpolated.map((pair) => `interpolated in float, which is faster: ${pair}`),
	];
}

/** One line an operator and reason, such as `Sigmoid: it is computed in float (out/sigmoid)`. */
function floatLines(inFloat: readonly LeftInFloat[]): string[] {
	if (inFloat.length === 0) return ['nothing'];
	const groups = Map.groupBy(inFloat, ({ op, reason, help }) => `${op}: ${reason}${help ? `; ${help}` : ''}`);
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
