/** How a quantized model was chosen, what stays in float, and what proves the models for GPUs. */
import { type Html, html } from '../html.ts';
import { messages } from '../messages.ts';
import type { QuantizationSummary, TargetSummary } from '../report-data.ts';
import { table } from '../table.ts';
import { count, plural, significant } from '../words.ts';

/** Ranges and repairs, each with its score or gain. */
export function searchTables({ candidates, chosen, judgedBy, repairs }: NonNullable<TargetSummary['search']>): Html {
	return html`<p class="note">Scores are ${judgedBy}; larger is better.</p>
${table({
	caption: 'Ways to choose ranges',
	narrow: true,
	head: ['Ranges', 'Score'],
	rows: candidates.map(({ how, score }) => [how, score === null ? 'failed' : significant(score, 6)]),
	emphasised: candidates.findIndex(({ how }) => how === chosen),
})}
${repairs && repairTable(repairs)}`;
}

/** A model for GPUs: its proof, how it was chosen, and what it leaves in float. */
export function targetPart({ precision, passed, proof, search, inFloat }: TargetSummary): Html {
	const from = search && ` Ranges by ${search.chosen}, from ${plural(search.calibrationImages, 'calibration image')}.`;
	return html`<h3>${precision}</h3>
${messages([{ level: passed ? 'good' : 'warning', title: passed ? 'Check passed' : 'Check failed', text: `${proof}${from ?? ''}` }])}
${search && searchTables(search)}
${floatList(inFloat)}`;
}

/** Operators in float, by operator and reason. */
export function floatList(inFloat: QuantizationSummary['inFloat']): Html {
	if (inFloat.length === 0) return html`<p class="note">Nothing stays in float.</p>`;
	return html`<ul class="float">${inFloat.map(
		({ op, reason, help, nodes }) =>
			html`<li><strong>${op}</strong>${nodes.length > 1 && ` × ${count(nodes.length)}`}: ${reason}${help && `; ${help}`}<small class="under">${nodes.slice(0, 3).join(', ')}${nodes.length > 3 && ' …'}</small></li>`,
	)}</ul>`;
}

function repairTable(repairs: NonNullable<QuantizationSummary['repairs']>): Html {
	return table({
		caption: 'Repairs, each on top of those kept before',
		showCaption: true,
		head: ['Repair', 'Outcome', 'Gain', 'What was done'],
		rows: repairs.map(({ repair, outcome, gain, detail }) => [
			repair,
			outcome,
			gain === null ? '–' : `${gain >= 0 ? '+' : '−'}${significant(Math.abs(gain), 3)}`,
			detail,
		]),
	});
}
