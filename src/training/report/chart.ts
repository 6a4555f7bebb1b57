/** Charts as SVG text: Observable Plot draws them into a document of linkedom, so that a page needs no script. */
import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Html, type HtmlPart, html, trusted } from './html.ts';

export interface ChartOptions extends PlotOptions {
	/** What the chart shows, in words, for those who cannot see it: the message, not the looks. */
	readonly alternative: string;
}

/** In px of a page as wide as the chart; 440 stays readable on a phone and lets two stand side by side on a desk. */
export const CHART = { width: 440, height: 290 } as const;

/** Room for tick labels and, apart from them, the name of the axis. */
const MARGINS = { marginLeft: 48, marginTop: 26, marginBottom: 44 } as const;

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** An `<svg>` that grows no wider than its place and takes its colours from the page's style. */
export function chart({ alternative, ...options }: ChartOptions): Html {
	const drawn = plot({ document, ...CHART, ...MARGINS, className: 'chart', ...options });
	const svg = drawn.tagName.toLowerCase() === 'svg' ? drawn : drawn.querySelector('svg')!;
	svg.querySelector('style')?.remove();
	svg.setAttribute('font-size', '12.5');
	// The label goes in as text: linkedom leaves `&` and `<` in attributes as they are.
	const start = html`<svg role="img" aria-label="${alternative}"`.text;
	return trusted(start + svg.outerHTML.slice('<svg'.length));
}

/** A chart with what it is above it and, if need be, a note below. */
export function figure(caption: string, body: Html, note?: HtmlPart): Html {
	return html`<figure><figcaption>${caption}</figcaption>${body}${note && html`<p class="note">${note}</p>`}</figure>`;
}
