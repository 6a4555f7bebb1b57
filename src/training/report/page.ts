/** The frame of every report: one HTML file with its style inside, no script and nothing from the network. */
import { readFileSync } from 'node:fs';
import { type Html, type HtmlPart, html, trusted } from './html.ts';
import { paletteCss } from './palette.ts';

export interface PageOptions {
	readonly title: string;
	/** What the page is about, above the title, such as `Training report`. */
	readonly kicker: string;
	/** Under the title: where from, when. */
	readonly subtitle?: HtmlPart;
	/** {@link section}s. */
	readonly sections: readonly (Section | undefined)[];
}

export interface Section {
	readonly id: string;
	readonly title: string;
	/** One or two sentences on how to read it. */
	readonly lead?: HtmlPart;
	readonly body: HtmlPart;
}

/** Forbids every fetch and every script, whatever a name may smuggle in. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The whole document. Sections that are undefined are left out. */
export function page({ title, kicker, subtitle, sections }: PageOptions): string {
	const shown = sections.filter((one) => one !== undefined);
	return `<!doctype html>\n${html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${title} · ${kicker}</title>
<style>${trusted(style())}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<div class="bar"><p class="kicker">${kicker}</p>${schemeSwitch()}</div>
<h1>${title}</h1>
${subtitle && html`<p class="subtitle">${subtitle}</p>`}
${shown.length > 2 && html`<nav aria-label="Sections">${shown.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>`}
</header>
<main id="main">${shown.map(sectionHtml)}</main>
</body>
</html>`}\n`;
}

function style(): string {
	return `:root {\n${paletteCss()}\n}\n${readFileSync(new URL('./report.css', import.meta.url), 'utf8')}`;
}

/** Light, dark or as the device has it, without a script: the style sheet asks which one is checked. */
function schemeSwitch(): Html {
	const choice = (value: string, word: string, checked = false) =>
		html`<input type="radio" name="scheme" id="scheme-${value}"${checked && trusted(' checked')}><label for="scheme-${value}">${word}</label>`;
	return html`<fieldset class="scheme"><legend>Colours</legend>${choice('auto', 'Auto', true)}${choice('light', 'Light')}${choice('dark', 'Dark')}</fieldset>`;
}

function sectionHtml({ id, title, lead, body }: Section): Html {
	return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${lead && html`<p class="lead">${lead}</p>`}
${body}
</section>`;
}
