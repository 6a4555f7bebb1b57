/** The defects of a mask: where each is, of which class, how large and how sure; at a bounded cost. */
import { type Component, connectedComponents } from '../../imaging/connected-components.ts';
import { feretDiameter } from '../../imaging/feret-diameter.ts';
import type { Inspected } from '../../inference/inspector-model.ts';
import type { Defect } from '../inspection.ts';
import type { MinimumSize, MmPerPixel, Policy } from './policy.ts';

/** A pixel belongs to a defect when its probability is above this. */
export const MASK_THRESHOLD = 0.5;

/** Of the regions beyond these, the smallest ones, only the number is known. */
export const MAX_MEASURED = 1000;

export interface MeasuredDefects {
	/** Largest first; those that are large enough. */
	readonly defects: readonly Defect[];
	/** Regions that are smaller than their minimum size. */
	readonly small: number;
	/** Regions beyond the `MAX_MEASURED` largest. */
	readonly unmeasured: number;
}

export interface MaskSize {
	/** Pixels of the mask. */
	readonly width: number;
	readonly height: number;
	/** Of the mask's own pixels; absent when no scale is known. */
	readonly mmPerPixel?: MmPerPixel;
}

/** The scale of the mask's pixels, which the fit to the model's input may have stretched along each axis. */
export function scaleAfterFit(
	mmPerPixel: MmPerPixel,
	camera: { readonly width: number; readonly height: number },
	fitted: { readonly width: number; readonly height: number },
): MmPerPixel {
	return {
		x: (mmPerPixel.x * camera.width) / fitted.width,
		y: (mmPerPixel.y * camera.height) / fitted.height,
	};
}

export function measureDefects(inspected: Inspected, size: MaskSize, policy: Policy): MeasuredDefects {
	const { mask, marked } = inspected;
	if (!mask || marked === 0) return { defects: [], small: 0, unmeasured: 0 };
	const { largest, count } = connectedComponents(mask, size.width, size.height, MASK_THRESHOLD, MAX_MEASURED);
	const all = largest.map((component) => describe(component, inspected, size, policy.classes));
	const defects = all.filter((defect) => isLargeEnough(defect, policy.minimumSizeOf(defect.class)));
	return { defects, small: all.length - defects.length, unmeasured: count - largest.length };
}

function describe(component: Component, inspected: Inspected, size: MaskSize, classes: readonly string[]): Defect {
	const { box, areaPx, peak, mean } = component;
	const name = classOf(component, inspected, classes);
	return {
		...(name === undefined ? {} : { class: name }),
		box,
		areaPx,
		lengthPx: feretDiameter(component, size.width),
		...(size.mmPerPixel ? inMm(component, size.width, size.mmPerPixel) : {}),
		peak,
		mean,
	};
}

function inMm(component: Component, width: number, scale: MmPerPixel) {
	const { box, areaPx } = component;
	return {
		areaMm2: areaPx * scale.x * scale.y,
		lengthMm: feretDiameter(component, width, scale),
		boxMm: {
			x: box.x * scale.x,
			y: box.y * scale.y,
			width: box.width * scale.x,
			height: box.height * scale.y,
		},
	};
}

/**
 * The class with most of the region's defect probability; where no pixel votes for one (the model says only for the whole
 * part, or sound is each pixel's likeliest class), the likeliest defect class of the part.
 */
function classOf(
	{ pixels }: Component,
	{ mask, labels, classScores }: Inspected,
	classes: readonly string[],
): string | undefined {
	if (classes.length === 0) return undefined;
	const votes = new Float64Array(classes.length + 1);
	if (labels) for (const i of pixels) votes[labels[i]] += mask![i];
	const voted = likeliest(votes);
	return classes[(voted ?? likeliest(classScores ?? []) ?? 0) - 1];
}

/** The largest of what comes after the first, which stands for sound; undefined when all of it is 0. */
function likeliest(weights: ArrayLike<number>): number | undefined {
	let best: number | undefined;
	for (let k = 1; k < weights.length; k++)
		if (weights[k] > 0 && (best === undefined || weights[k] > weights[best])) best = k;
	return best;
}

/** Enough is what reaches one of the sizes: a thin crack has length and no area. */
function isLargeEnough(defect: Defect, minimum: MinimumSize | undefined): boolean {
	if (!minimum) return true;
	const { area, length } = minimum;
	const reachesArea = area && (area.unit === 'mm' ? defect.areaMm2! : defect.areaPx) >= area.value;
	const reachesLength = length && (length.unit === 'mm' ? defect.lengthMm! : defect.lengthPx) >= length.value;
	return Boolean(reachesArea || reachesLength);
}
