/** Sees when a network learns its training images by heart: the loss still falls while `val` gets worse. */

import type { Message } from './messages.ts';
import type { LearningCurves } from './training-record.ts';
import { count, ratio } from './words.ts';

/** Of the metric, from its best to the mean of the last evaluations; less is noise. */
const DROP = 0.02;
/** Of the loss, from the best step to the end. */
const FALL = 0.9;

export interface Course extends Pick<LearningCurves, 'metric' | 'best' | 'points'> {
	/** What `step` counts, where it is something else. */
	readonly unit?: string;
}

/** One warning, or none. It takes at least two evaluations after the best one to speak of a trend. */
export function overfitWarning({ metric, best, points, unit = 'step' }: Course): Message[] {
	const later = metric.points.filter(({ step }) => step > best.step).slice(-3);
	if (later.length < 2) return [];
	const last = mean(later.map(({ value }) => value));
	const around = lossNear(points, best.step);
	const end = lossNear(points, points.at(-1)!.step);
	if (best.metric - last < DROP || end > FALL * around) return [];
	return [
		{
			level: 'warning',
			title: 'Overfitting',
			text: `After ${unit} ${count(best.step)} the loss on train went on falling (${ratio(around)} to ${ratio(end)}) while ${metric.name} on val fell from ${ratio(best.metric)} to ${ratio(last)}: the network began to learn its images by heart. The kept weights are from before that. More images, stronger augmentation, weight decay or a smaller network help.`,
		},
	];
}

/** The mean of up to five points around a step. */
function lossNear(points: LearningCurves['points'], step: number): number {
	const at = points.findLastIndex((point) => point.step <= step);
	return mean(points.slice(Math.max(0, at - 2), at + 3).map(({ loss }) => loss));
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
