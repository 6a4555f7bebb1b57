/** The headline: which threshold decides, what it promises, what it costs, and how good the model is behind it. */
import { clopperPearson } from '../../../metrics/binomial.ts';
import { confusionAt } from '../../../metrics/confusion.ts';
import type { Evaluation } from '../../../metrics/evaluation.ts';
import type { OperatingPoint } from '../../../metrics/operating-point.ts';
import { promiseOf } from '../../../metrics/operating-points/promise-of.ts';
import { type Html, type HtmlPart, html } from '../html.ts';
import type { Section } from '../page.ts';
import type { InspectionReport } from '../report-data.ts';
import { table } from '../table.ts';
import { count, percent, plural, ratio, significant } from '../words.ts';

export function decisionSection(report: InspectionReport): Section {
	const { evaluation, precision, flips } = report.models[0];
	const { operatingPoint: point, n } = evaluation;
	return {
		id: 'decision',
		title: 'The decision',
		body: html`
<div class="card promise">
<p class="statement">${promise(point)}</p>
<p>A part is flagged when its score is <strong>${significant(point.threshold)}</strong> or more (${point.precision} scores). ${price(point)}</p>
</div>
${figures(report)}
<h3>Every figure, on ${plural(n.ok + n.defect, `${report.split} image`)} (${count(n.defect)} defective, ${count(n.ok)} sound)</h3>
${precisionTable(report)}
<p class="note">${precision} is the model that a CPU station runs.${
			flips &&
			` With the float model's scores ${percent(flips.share, 2)} of the verdicts would differ; ${plural(flips.lost, 'defective image')} of them would not have passed.`
		} AP and AUROC judge the ranking of all scores; recall, precision and F1 hold at the threshold.${
			evaluation.pixel &&
			' IoU and Dice compare masks at probability 0.5 with the truth, over defective images; macro IoU is the mean over classes.'
		}</p>`,
	};
}

function promise(point: OperatingPoint): Html {
	const { method, guarantees, recall, confidence, n = 0, toleratedMisses = 0 } = point;
	if (method === 'fixed') return html`The threshold was set by hand. <strong>No recall is promised.</strong>`;
	if (method !== 'guaranteed-recall' || guarantees?.some(({ quantity }) => quantity !== 'recall'))
		return html`The threshold ${promiseOf(point).join('; it ')}.`;
	return html`Finds at least <strong>${percent(recall)}</strong> of defective parts, with <strong>${percent(confidence)}</strong> confidence. <span>Certified on ${plural(n, 'defective part')}, ${plural(toleratedMisses, 'miss', 'misses')} tolerated, while camera, light, product and defects stay as they were.</span>`;
}

function price({ falseRejects }: OperatingPoint): string {
	if (!falseRejects) return 'What that costs in false alarms is not known: no sound parts were scored.';
	const { rate, low, high, n, interval } = falseRejects;
	const chosen = interval === 'simultaneous' ? ', the threshold having been chosen on them' : '';
	const perThousand = (share: number) => significant(1000 * share, 3);
	return `Of 1,000 sound parts about ${perThousand(rate)} are flagged as well (95 % interval ${perThousand(low)} to ${perThousand(high)}, from ${plural(n, 'part')}${chosen}).`;
}

/** The few numbers to remember, large. */
function figures({ models, scores, split }: InspectionReport): Html {
	const { evaluation } = models[0];
	const { hits, misses, falseAlarms, passes } = confusionAt(scores, evaluation.operatingPoint.threshold);
	const recall = clopperPearson(hits, hits + misses);
	const figure = (name: string, value: HtmlPart, note: string) =>
		html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`;
	return html`<dl class="figures">
${figure('Defects found', percent(evaluation.image.recall), `${hits} of ${hits + misses} on ${split}; 95 % interval ${percent(recall.low)} to ${percent(recall.high)}`)}
${figure('False alarms', percent(falseAlarms / (falseAlarms + passes)), `${falseAlarms} of ${plural(falseAlarms + passes, 'sound image')}`)}
${figure('Average precision', ratio(evaluation.image.ap), 'area under the precision–recall curve')}
${evaluation.pixel && figure('IoU', ratio(evaluation.pixel.iou), `of masks; macro IoU ${ratio(evaluation.pixel.macroIou)}`)}
</dl>`;
}

const IMAGE_ROWS = [
	['Recall', (e: Evaluation) => ratio(e.image.recall)],
	['Precision', (e: Evaluation) => ratio(e.image.precision)],
	['F1', (e: Evaluation) => ratio(e.image.f1)],
	['Average precision (AP)', (e: Evaluation) => ratio(e.image.ap)],
	['AUROC', (e: Evaluation) => ratio(e.image.auroc)],
	['Best F1 at any threshold', (e: Evaluation) => ratio(e.image.bestF1?.f1)],
] as const;

const PIXEL_ROWS = [
	['IoU', (e: Evaluation) => ratio(e.pixel?.iou)],
	['Macro IoU', (e: Evaluation) => ratio(e.pixel?.macroIou)],
	['Dice', (e: Evaluation) => ratio(e.pixel?.dice)],
] as const;

function precisionTable({ models, split }: InspectionReport): Html {
	const rows = models.some(({ evaluation }) => evaluation.pixel) ? [...IMAGE_ROWS, ...PIXEL_ROWS] : IMAGE_ROWS;
	return table({
		caption: `Figures on ${split} by precision`,
		narrow: true,
		head: ['', ...models.map(({ precision }, i) => (i === 0 ? `${precision}, deployed` : precision))],
		rows: rows.map(([name, read]) => [name, ...models.map(({ evaluation }) => read(evaluation))]),
	});
}
