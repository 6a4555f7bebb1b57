/** What was run, on what, for how long: enough to do it again. */
import { type Html, html } from '../html.ts';
import type { Section } from '../page.ts';
import type { RunFacts } from '../report-data.ts';
import type { Stage } from '../training-record.ts';
import { duration } from '../words.ts';

export function runSection(run: RunFacts | undefined): Section | undefined {
	if (!run) return undefined;
	const { facts, stages, configuration } = run;
	return {
		id: 'run',
		title: 'The run',
		body: html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${stages.length > 0 && stageList(stages)}
${configuration !== undefined && html`<details><summary>All settings</summary><pre tabindex="0">${JSON.stringify(configuration, null, 2)}</pre></details>`}`,
	};
}

function stageList(stages: readonly Stage[]): Html {
	const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
	return html`<h3>${duration(total)} in all</h3><ol class="stages">${stages.map(
		({ name, seconds }) =>
			html`<li><span>${name}</span><span class="bar" style="--share:${(seconds / total).toFixed(4)}" aria-hidden="true"></span><span>${duration(seconds)}</span></li>`,
	)}</ol>`;
}
