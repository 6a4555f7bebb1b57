/** Counts by truth and verdict as a table whose cells are shaded by their share of the row. */
import { type Html, html } from '../html.ts';
import type { ClassConfusion } from '../report-data.ts';
import { count, percent, plural } from '../words.ts';

export interface ConfusionOptions extends ClassConfusion {
	readonly caption: string;
	/** Heads of the columns, where they are called otherwise than the rows. */
	readonly predicted?: readonly string[];
}

/** Rows are the truth, columns the prediction; what is right lies on the diagonal. */
export function confusionTable({ caption, classes, counts, predicted = classes }: ConfusionOptions): Html {
	const rows = classes.map((name, i) => {
		const total = counts[i].reduce((sum, n) => sum + n, 0);
		return html`<tr><th scope="row">${name}<small>${plural(total, 'image')}</small></th>${counts[i].map((n, j) => cell(n, total, i === j))}</tr>`;
	});
	return html`<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table class="confusion">
<caption class="hidden">${caption}: rows are the truth, columns the prediction</caption>
<thead><tr><th scope="col">truth</th>${predicted.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

function cell(n: number, total: number, right: boolean): Html {
	const share = total > 0 ? n / total : 0;
	const kind = right ? 'right' : 'wrong';
	return html`<td class="${n > 0 ? kind : 'none'}" style="--share:${share.toFixed(3)}">${count(n)}<small class="share">${total > 0 ? percent(share) : ''}</small></td>`;
}
