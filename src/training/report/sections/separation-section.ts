/** How well scores tell defective from sound: both curves, the scores themselves, and what the threshold makes of them. */
import { confusionAt, precisionOf, recallOf } from '../../../metrics/confusion.ts';
import { precisionRecallCurve } from '../../../metrics/precision-recall.ts';
import { rankCuts } from '../../../metrics/scored.ts';
import { figure } from '../chart.ts';
import { confusionTable } from '../charts/confusion-table.ts';
import { lineChart } from '../charts/line-chart.ts';
import { scoreHistogram } from '../charts/score-histogram.ts';
import { type Html, html } from '../html.ts';
import type { Section } from '../page.ts';
import type { InspectionReport, ScoredPart } from '../report-data.ts';
import { percent, ratio, significant } from '../words.ts';

export function separationSection({ scores, models, split, classConfusion }: InspectionReport): Section {
	const { evaluation, precision } = models[0];
	const { threshold } = evaluation.operatingPoint;
	return {
		id: 'separation',
		title: 'Telling defective from sound',
		lead: `Scores of the ${split} images under the ${precision} model. The ring marks what the threshold ${significant(threshold)} makes of them.`,
		body: html`<div class="grid">
${precisionRecall(scores, threshold, evaluation.image.ap)}
${receiver(scores, threshold, evaluation.image.auroc)}
${figure('Scores', scoreHistogram(scores, threshold), 'Dashed: the threshold; parts to its right are flagged. Counts are on a logarithmic scale that starts at 0.')}
${figure('Verdicts at the threshold', verdicts(scores, threshold))}
</div>
${classConfusion && figure('Classes', confusionTable({ ...classConfusion, caption: 'Images by class' }), 'Rows are the truth, columns the class that the model found most likely, whatever the threshold.')}`,
	};
}

function precisionRecall(scores: readonly ScoredPart[], threshold: number, ap: number): Html {
	const curve = precisionRecallCurve(scores);
	const confusion = confusionAt(scores, threshold);
	const [recall, precision] = [recallOf(confusion), precisionOf(confusion)];
	const marked = Number.isFinite(recall) && Number.isFinite(precision);
	return figure(
		`Precision and recall · AP ${ratio(ap)}`,
		lineChart({
			alternative: `Precision against recall; average precision ${ratio(ap)}; at the threshold precision ${ratio(precision)} and recall ${ratio(recall)}.`,
			square: true,
			x: { domain: [0, 1], label: 'recall: share of defective images flagged' },
			y: { domain: [0, 1], label: 'precision' },
			// As AP counts it: the precision at a recall holds from the recall before.
			curves: [
				{
					name: 'precision',
					curve: 'step-before',
					points: thin([[0, curve[0]?.precision ?? Number.NaN], ...curve.map((p) => [p.recall, p.precision] as const)]),
				},
			],
			...(marked ? { mark: { x: recall, y: precision, label: `${percent(recall)} at ${percent(precision)}` } } : {}),
		}),
	);
}

function receiver(scores: readonly ScoredPart[], threshold: number, auroc: number): Html {
	const cuts = rankCuts(scores);
	const { hits, misses, falseAlarms, passes } = confusionAt(scores, threshold);
	const [defective, sound] = [hits + misses, falseAlarms + passes];
	const [x, y] = [falseAlarms / sound, hits / defective];
	return figure(
		`ROC · AUROC ${ratio(auroc)}`,
		lineChart({
			alternative: `Share of defective images found against share of sound images flagged; area ${ratio(auroc)}; at the threshold ${percent(y)} found and ${percent(x)} of sound images flagged.`,
			square: true,
			x: { domain: [0, 1], label: 'share of sound images flagged' },
			y: { domain: [0, 1], label: 'share of defective images flagged' },
			curves: [
				{
					name: 'ROC',
					points: thin([[0, 0], ...cuts.map((cut) => [cut.falseAlarms / sound, cut.hits / defective] as const)]),
				},
			],
			guide: [
				[0, 0],
				[1, 1],
			],
			...(Number.isFinite(x + y) ? { mark: { x, y, label: `${percent(y)} found, ${percent(x)} false` } } : {}),
		}),
	);
}

function verdicts(scores: readonly ScoredPart[], threshold: number): Html {
	const { hits, misses, falseAlarms, passes } = confusionAt(scores, threshold);
	return confusionTable({
		caption: 'Images by truth and verdict',
		classes: ['defective', 'sound'],
		predicted: ['flagged', 'passed'],
		counts: [
			[hits, misses],
			[falseAlarms, passes],
		],
	});
}

/** At most about 400 points, ends and turns kept: points that lie on a straight line with their neighbours go first. */
function thin(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
	const bent = points.filter(([x, y], i) => {
		if (i === 0 || i === points.length - 1) return true;
		const [[x0, y0], [x1, y1]] = [points[i - 1], points[i + 1]];
		return Math.abs((x - x0) * (y1 - y) - (y - y0) * (x1 - x)) > 1e-12;
	});
	const every = Math.ceil(bent.length / 400);
	return bent.filter((_, i) => i % every === 0 || i === bent.length - 1);
}
