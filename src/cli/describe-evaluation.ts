/** Results on labelled data, in words. */
import type { Evaluation } from '../metrics/evaluation.ts';
import type { VerdictFlips } from '../metrics/verdict-flips.ts';
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

/** Such as `1.11 % of the verdicts flip: 0 defects lost, 1 found, 2 sound ones flagged, 0 cleared`. */
export function describeFlips({ share, lost, found, alarmed, cleared }: VerdictFlips): string {
	const counts = `${lost} defects lost, ${found} found, ${alarmed} sound ones flagged, ${cleared} cleared`;
	return `${(share * 100).toFixed(2)} % of the verdicts flip: ${counts}`;
}

function perClass(ious: Readonly<Record<string, number>>): string {
	return Object.entries(ious)
		.map(([name, iou]) => `${name} ${digits(iou)}`)
		.join(' · ');
}

function digits(value: number): string {
	return Number.isNaN(value) ? '–' : value.toFixed(3);
}
