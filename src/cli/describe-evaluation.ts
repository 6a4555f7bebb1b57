/** Results on labelled data, in words. */
import type { Evaluation } from '../metrics/evaluation.ts';
import type { OperatingPoint } from '../metrics/operating-point.ts';

export function describeEvaluation({ image, pixel, operatingPoint, n }: Evaluation): string {
	const lines = [
		`  images    ${n.ok} sound, ${n.defect} defective`,
		`  image     AP ${digits(image.ap)} · AUROC ${digits(image.auroc)} · recall ${digits(image.recall)} · precision ${digits(image.precision)} · F1 ${digits(image.f1)}`,
	];
	if (pixel) {
		const classes = Object.entries(pixel.perClass).map(([name, iou]) => `${name} ${digits(iou)}`);
		lines.push(
			`  pixel     IoU ${digits(pixel.iou)} · macro IoU ${digits(pixel.macroIou)} · Dice ${digits(pixel.dice)}`,
		);
		lines.push(`  per class ${classes.join(' · ')}`);
	}
	lines.push(`  threshold ${describeOperatingPoint(operatingPoint)}`);
	return lines.join('\n');
}

/** The promise and its price in one line. */
export function describeOperatingPoint(point: OperatingPoint): string {
	const { threshold, method, recall, confidence, n, falseRejects } = point;
	const promise =
		method === 'guaranteed-recall'
			? `catches at least ${percent(recall!)} of defective parts with ${percent(confidence!)} confidence (${n} parts)`
			: 'set by hand or without enough parts: promises nothing';
	const price = falseRejects
		? `; rejects ${percent(falseRejects.rate)} of sound parts (${percent(falseRejects.low)} to ${percent(falseRejects.high)})`
		: '';
	return `${threshold.toPrecision(4)}: ${promise}${price}`;
}

function digits(value: number): string {
	return Number.isNaN(value) ? '–' : value.toFixed(3);
}

function percent(value: number): string {
	return `${Number((value * 100).toFixed(1))} %`;
}
