/** How fast each model is on each execution provider of one host, and why others were not measured. */
import { type Html, html } from '../html.ts';
import type { ProviderSpeed } from '../report-data.ts';
import { table } from '../table.ts';
import { count, significant } from '../words.ts';

export function providerTable(speeds: readonly ProviderSpeed[]): Html {
	const isMeasured = ({ ms }: ProviderSpeed) => ms !== undefined;
	const measured = speeds.filter(isMeasured);
	const floatOf = (provider: string) =>
		measured.find((speed) => speed.provider === provider && speed.precision === 'fp32')?.ms;
	return html`<h3>Speed by execution provider</h3>
<p class="note">Of one inference on the machine that measured; the models of a provider take turns. An operator on another provider than the one asked for is a fall-back.</p>
${
	measured.length > 0 &&
	table({
		caption: 'Median time of one inference',
		head: ['Provider', 'Precision', 'Time', 'Times fp32’s speed', 'Operators'],
		rows: measured.map(({ provider, precision, ms, placement = {} }) => [
			provider,
			precision,
			`${significant(ms!, 3)} ms`,
			speedUp(floatOf(provider), ms!),
			Object.entries(placement)
				.map(([name, operators]) => `${count(operators)} on ${name}`)
				.join(', '),
		]),
	})
}
<ul class="float">${speeds
		.filter((speed) => !isMeasured(speed))
		.map(
			({ provider, precision, unavailable }) =>
				html`<li><strong>${provider}</strong>${precision !== 'fp32' && `, ${precision}`}: not measured<small class="under">${unavailable ?? 'no reason is known'}</small></li>`,
		)}</ul>`;
}

function speedUp(floatMs: number | undefined, ms: number): string {
	return floatMs === undefined ? '–' : `${significant(floatMs / ms, 3)}×`;
}
