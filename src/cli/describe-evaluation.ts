/** Results on labelled data, in words. */
import type { Evaluation } from '../metrics/evaluation.ts';
import { describePoint } from './describe-point.ts';
import { table } from './table.ts';

export function describeEvaluation({ image, pixel, operatingPoint, n }: Evaluation): string {
	const rates = `recall ${digits(image.recall)} · precision ${digits(image.precision)} · F1 ${digits(image.f1)}`;
	return table([
		['images', [`${n.ok} sound, ${n.defect} defective`]],
		['image', [`AP ${digits(image.ap)} · AUROC ${digits(image.auroc)} · ${rates}`]],
		[
			'pixel',
			pixel ? [`IoU ${digits(pixel.iou)} · macro IoU ${digits(pixel.macroIou)} · Dice ${digits(pixel.dice)}`] : [],
		],
		['per class', pixel ? [perClass(pixel.perClass)] : []],
		['threshold', describePoint(operatingPoint)],
	]);
}

function perClass(ious: Readonly<Record<string, number>>): string {
	return Object.entries(ious)
		.map(([name, iou]) => `${name} ${digits(iou)}`)
		.join(' · ');
}

function digits(value: number): string {
	return Number.isNaN(value) ? '–' : value.toFixed(3);
}
