/** The headline of a classifier of kinds: how often it is right, and what it confuses. */
import { clopperPearson } from '../../../metrics/binomial.ts';
import { figure } from '../chart.ts';
import { barChart } from '../charts/bar-chart.ts';
import { confusionTable } from '../charts/confusion-table.ts';
import { html } from '../html.ts';
import type { Section } from '../page.ts';
import type { ClassificationReport } from '../report-data.ts';
import { count, percent } from '../words.ts';

export function accuracySection({ accuracy, confusion, split }: ClassificationReport): Section {
	const { classes, counts } = confusion;
	const sum = (values: readonly number[]) => values.reduce((total, n) => total + n, 0);
	const all = sum(counts.map(sum));
	const right = sum(counts.map((row, i) => row[i]));
	const { low, high } = clopperPearson(right, all);
	const recalls = counts.map((row, i) => ({ name: classes[i], value: row[i] / sum(row), note: `n = ${sum(row)}` }));
	const [weakest] = recalls.filter(({ value }) => Number.isFinite(value)).toSorted((a, b) => a.value - b.value);
	return {
		id: 'accuracy',
		title: 'Accuracy',
		body: html`<dl class="figures">
<div><dt>Right</dt><dd>${percent(accuracy, 2)}<small>${count(right)} of ${count(all)} on ${split}; 95 % interval ${percent(low, 2)} to ${percent(high, 2)}</small></dd></div>
<div><dt>By chance</dt><dd>${percent(Math.max(...counts.map(sum)) / all, 2)}<small>always naming the commonest of ${classes.length} classes</small></dd></div>
${weakest && html`<div><dt>Weakest class</dt><dd>${percent(weakest.value)}<small>${weakest.name}</small></dd></div>`}
</dl>
${figure('Confusion', confusionTable({ ...confusion, caption: 'Images by class' }), 'Rows are the truth, columns the prediction.')}
<div class="grid">${figure('Right by class', barChart({ label: 'Share right by class', bars: recalls }))}</div>`,
	};
}
