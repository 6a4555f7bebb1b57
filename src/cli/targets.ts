/** Targets on the command line: which there are, and what became of them. */
import type { ProviderAudit } from '../quantization/audit-providers.ts';
import type { HalfReport } from '../quantization/targets/fp16.ts';
import type { TargetName, TargetReports } from '../quantization/targets/index.ts';
import type { TensorrtReport } from '../quantization/targets/tensorrt.ts';
import { trim } from './describe-point.ts';
import { candidateLines, quantizationRows, repairLines } from './describe-quantization.ts';

/** Spelled out, so that `--help` need not load what makes them. */
export const TARGET_CHOICES = ['cpu', 'tensorrt', 'fp16', 'all'] as const;

export type TargetChoice = (typeof TARGET_CHOICES)[number];

export function targetsOf(choices: readonly TargetChoice[]): readonly TargetName[] {
	const names = choices.flatMap((choice) => (choice === 'all' ? TARGET_CHOICES : [choice]));
	return [...new Set(names)].filter((name) => name !== 'all');
}

/** Rows of a table: all about the model for CPUs, lines about the others. */
export function targetRows(reports: TargetReports): [string, readonly string[]][] {
	const others = describeTargets(reports);
	const rows = reports.cpu ? quantizationRows(reports.cpu) : [];
	return others.length > 0 ? [...rows, ['targets', others]] : rows;
}

/** A line or more for each target but the one for CPUs, which has its own. */
export function describeTargets({ fp16, tensorrt }: TargetReports): string[] {
	return [...(tensorrt ? describeTensorrt(tensorrt) : []), ...(fp16 ? describeHalf(fp16) : [])];
}

function describeTensorrt(report: TensorrtReport): string[] {
	const { violations, convolutions, inFloat, values, chosen, calibrationImages } = report;
	const broken = violations.map(({ rule, node, found, fix }) => `breaks ${rule}: ${node} (${found}). ${fix}`);
	if (convolutions === 0) return ['int8-tensorrt FAILED: no convolution can run on integers'];
	return [
		`int8-tensorrt ${violations.length === 0 ? 'passed: every rule of TensorRT is kept' : 'FAILED'}; ` +
			`${convolutions} convolutions and ${values} values in int8, ranges by ${chosen.method} from ${calibrationImages} images`,
		...broken,
		...candidateLines(report),
		...repairLines(report),
		...inFloat.map(({ op, name, reason }) => `in float: ${op} ${name}: ${reason}`),
	];
}

function describeHalf({ halves, inFloat, saturated, check }: HalfReport): string[] {
	const { passed, finite, largest, margin, maxDifference, images, frames } = check;
	const reach = largest
		? `${largest.value} reaches ${trim(largest.magnitude)} (${largest.frame}), ${trim(margin, 3)}× below overflow`
		: 'no value is float16';
	const kept = Object.entries(Object.groupBy(inFloat, ({ reason }) => reason));
	return [
		`fp16 ${passed ? 'passed' : 'FAILED'}: on ${images} images and ${frames.length} adversarial frames ${reach}` +
			`${finite ? '' : '; OUTPUTS ARE NOT FINITE'}; outputs differ by at most ${trim(maxDifference, 2)}`,
		...kept.map(([reason, nodes]) => `in float32, ${countOf(nodes!.map(({ op }) => op))}: ${reason}`),
		`${halves} values are float16${saturated > 0 ? `; ${saturated} constants were beyond ±65504 and are that now` : ''}`,
	];
}

/** What other execution providers of this host make of the models. */
export function describeProviders(audits: readonly ProviderAudit[]): string[] {
	if (audits.length === 0) return ['not measured'];
	return audits.map(({ provider, precision, ms, placement = {}, unavailable }) => {
		if (unavailable !== undefined) return `${provider}: unavailable (${unavailable})`;
		const where = Object.entries(placement).map(([name, count]) => `${count} on ${name}`);
		return `${provider}, ${precision}: ${ms!.toFixed(2)} ms; operators: ${where.join(', ')}`;
	});
}

function countOf(ops: readonly string[]): string {
	const groups = Object.entries(Object.groupBy(ops, (op) => op));
	return groups.map(([op, list]) => (list!.length > 1 ? `${list!.length} ${op}` : op)).join(', ');
}
