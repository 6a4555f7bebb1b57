/** Which kinds of defects are found and how well they are outlined. */

import { figure } from '../chart.ts';
import { barChart } from '../charts/bar-chart.ts';
import { html } from '../html.ts';
import type { Section } from '../page.ts';
import type { InspectionReport } from '../report-data.ts';
import { significant } from '../words.ts';

/** Nothing when there is only one class and no mask: the figures above say it all. */
export function classesSection({ models, scores, split }: InspectionReport): Section | undefined {
	const { image, pixel, operatingPoint } = models[0].evaluation;
	const names = Object.keys(image.recallPerClass);
	if (names.length === 0 || (names.length === 1 && !pixel)) return undefined;
	const number = (name: string) => scores.filter((part) => part.defective && part.class === name).length;
	const bars = (values: Readonly<Record<string, number>>) =>
		names.map((name) => ({ name, value: values[name] ?? Number.NaN, note: `n = ${number(name)}` }));
	return {
		id: 'classes',
		title: 'Kinds of defects',
		lead: `On ${split}. A class of few images can move a lot by chance.`,
		body: html`<div class="grid">
${figure(`Recall at ${significant(operatingPoint.threshold)}`, barChart({ label: 'Recall by class', bars: bars(image.recallPerClass), fill: 'defect' }))}
${pixel && figure('IoU of masks', barChart({ label: 'IoU by class', bars: bars(pixel.perClass) }), 'Pixels in both masks over pixels in either, summed over the images of the class.')}
</div>`,
	};
}
