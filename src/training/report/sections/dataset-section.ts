/** What the model learnt from and was judged on, and what the check found wrong with it. */
import { SPLITS } from '../../datasets/dataset.ts';
import { type Html, html } from '../html.ts';
import { type Message, messages } from '../messages.ts';
import type { Section } from '../page.ts';
import type { DatasetSummary } from '../report-data.ts';
import { table } from '../table.ts';
import { count, plural } from '../words.ts';

/** Findings shown one by one; the rest is counted. */
const SHOWN = 12;

export function datasetSection(dataset: DatasetSummary | undefined): Section | undefined {
	if (!dataset) return undefined;
	const { samples, groups, layout, sizes, sheet, digest } = dataset;
	const largest = Object.entries(sizes).slice(0, 4);
	const others = Object.keys(sizes).length - largest.length;
	return {
		id: 'dataset',
		title: 'Data',
		lead: html`${dataset.dataset}: ${plural(samples, 'image')} in ${plural(groups, 'group')} (images of one part stay in one split), layout ${layout}. Sizes: ${largest.map(([size, n]) => `${size} (${count(n)})`).join(', ')}${others > 0 && ` and ${plural(others, 'other size')}`}.`,
		body: html`${findings(dataset)}
${countsTable(dataset)}
${digest && html`<p class="note">Digest of names, labels and splits: <code>${digest.slice(0, 16)}</code></p>`}
${sheet && html`<figure><figcaption>Samples, with their masks outlined</figcaption><img class="sheet" src="${sheet.src}" width="${sheet.width}" height="${sheet.height}" alt="Sample images of every class"></figure>`}`,
	};
}

function findings({ findings }: DatasetSummary): Html | undefined {
	if (findings.length === 0)
		return messages([{ level: 'good', title: 'Checked', text: 'The dataset check found nothing wrong.' }]);
	const shown: Message[] = findings
		.slice(0, SHOWN)
		.map(({ level, about, message }) => ({ level, title: about, text: message }));
	const hidden = findings.length - shown.length;
	return html`${messages(shown)}${hidden > 0 && html`<p class="note">… and ${plural(hidden, 'more finding')}; <code>andon dataset check</code> prints them all.</p>`}`;
}

function countsTable({ counts, soundClass }: DatasetSummary): Html {
	const total = (per: Readonly<Record<string, number>>) => SPLITS.reduce((sum, split) => sum + per[split], 0);
	return table({
		caption: 'Images by class and split',
		head: ['class', ...SPLITS, 'in all'],
		rows: [
			...Object.entries(counts).map(([name, per]) => [
				name === soundClass ? html`${name} <small>sound</small>` : name,
				...SPLITS.map((split) => count(per[split])),
				count(total(per)),
			]),
			[
				'all',
				...SPLITS.map((split) => count(Object.values(counts).reduce((sum, per) => sum + per[split], 0))),
				count(Object.values(counts).reduce((sum, per) => sum + total(per), 0)),
			],
		],
		emphasised: Object.keys(counts).length,
	});
}
