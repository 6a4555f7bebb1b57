/** Tables of figures that scroll by themselves where the page is narrow. */
import { type Html, type HtmlPart, html } from './html.ts';

export interface TableOptions {
	/** What the table holds, for screen readers and above it. */
	readonly caption: string;
	/** Column heads, the first over the row heads. */
	readonly head: readonly HtmlPart[];
	/** Each row's first cell is its head. */
	readonly rows: readonly (readonly HtmlPart[])[];
	/** Shows the caption; otherwise only screen readers have it. */
	readonly showCaption?: boolean;
	/** Keeps few columns together. */
	readonly narrow?: boolean;
	/** Index of a row to emphasise. */
	readonly emphasised?: number;
}

export function table({ caption, head, rows, showCaption = false, narrow, emphasised }: TableOptions): Html {
	return html`<div class="scroll${narrow && ' narrow'}" tabindex="0" role="region" aria-label="${caption}"><table>
<caption${showCaption ? null : html` class="hidden"`}>${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row, i) => html`<tr${i === emphasised && html` class="emphasised"`}>${row.map((cell, j) => (j === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody>
</table></div>`;
}
