/** How the loss fell and the figures on `val` rose, and whether the network began to learn by heart. */

import { figure } from '../chart.ts';
import { type Curve, lineChart } from '../charts/line-chart.ts';
import { type Html, html } from '../html.ts';
import { messages } from '../messages.ts';
import { overfitWarning } from '../overfit.ts';
import type { Section } from '../page.ts';
import type { CurvePoint, LearningCurves } from '../training-record.ts';
import { count, ratio } from '../words.ts';

export function learningSection(learning: LearningCurves | undefined): Section | undefined {
	if (!learning || learning.points.length === 0) return undefined;
	const { metric, best, stoppedEarly } = learning;
	return {
		id: 'learning',
		title: 'Learning curves',
		lead: `The weights of step ${count(best.step)} were kept: no other evaluation on val was better (${metric.name} ${ratio(best.metric)}).${stoppedEarly ? ' Training stopped early, as val had stopped improving.' : ''}`,
		body: html`${messages(overfitWarning(learning))}
<div class="grid">${lossFigure(learning)}${metricFigure(learning)}${rateFigure(learning)}</div>`,
	};
}

function lossFigure({ points, best }: LearningCurves): Html {
	const terms = Object.keys(points[0].terms);
	const curve = (name: string, read: (point: CurvePoint) => number): Curve => ({
		name,
		points: points.map((point) => [point.step, read(point)]),
		dots: points.length < 3,
	});
	const curves = [
		curve('loss', (point) => point.loss),
		...(terms.length > 1 ? terms.map((term) => curve(term, (point) => point.terms[term])) : []),
	];
	const values = curves.flatMap((one) => one.points.map(([, y]) => y)).filter((y) => y > 0);
	const isWide = Math.max(...values) > 20 * Math.min(...values);
	return figure(
		'Loss on train',
		lineChart({
			alternative: `Loss over ${count(points.at(-1)!.step)} steps, from ${ratio(points[0].loss)} to ${ratio(points.at(-1)!.loss)}.`,
			x: stepScale(points),
			y: isWide ? { type: 'log', label: 'loss (log)', tickFormat: '~g' } : { label: 'loss', zero: true },
			curves,
			rule: { x: best.step, label: 'best' },
		}),
		terms.length > 1 && 'The loss is the weighted sum of its terms; the terms are drawn unweighted.',
	);
}

function metricFigure({ metric, best, points }: LearningCurves): Html {
	const values = metric.points.map(({ value }) => value);
	return figure(
		`On val: ${metric.name}`,
		lineChart({
			alternative: `${metric.name} on val over the steps: best ${ratio(best.metric)} at step ${count(best.step)}, last ${ratio(values.at(-1))}.`,
			x: stepScale(points),
			y: { label: metric.name, domain: [Math.max(0, Math.min(...values) - 0.05), 1] },
			curves: [{ name: metric.name, points: metric.points.map(({ step, value }) => [step, value]), dots: true }],
			mark: { x: best.step, y: best.metric, label: `best ${ratio(best.metric)}`, above: true },
		}),
	);
}

function rateFigure({ points }: LearningCurves): Html {
	return figure(
		'Learning rate',
		lineChart({
			alternative: `Learning rate, at most ${Math.max(...points.map((point) => point.learningRate)).toExponential(1)}.`,
			x: stepScale(points),
			y: { label: 'learning rate', zero: true, tickFormat: '~g' },
			curves: [{ name: 'learning rate', points: points.map((point) => [point.step, point.learningRate]) }],
		}),
	);
}

function stepScale(points: LearningCurves['points']) {
	return { label: 'step', domain: [0, points.at(-1)!.step] };
}
