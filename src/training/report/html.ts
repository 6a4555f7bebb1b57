/** HTML whose every word is escaped: names of classes and files come from users. */

/** Markup that is safe to put into a page; `html` and `trusted` make it. */
export class Html {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}

	toString(): string {
		return this.text;
	}
}

/** Lists are joined; false, null and undefined leave nothing behind. */
export type HtmlPart = Html | string | number | false | null | undefined | readonly HtmlPart[];

/** A template tag: what is put in is escaped unless it is {@link Html} already. Attribute values must be in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
	return new Html(strings.reduce((text, string, i) => text + textOf(parts[i - 1]) + string));
}

/** Takes text as markup. For what this program wrote by itself, never for words of a user. */
export function trusted(text: string): Html {
	return new Html(text);
}

function textOf(part: HtmlPart): string {
	if (part === false || part === null || part === undefined) return '';
	if (part instanceof Html) return part.text;
	return Array.isArray(part) ? part.map(textOf).join('') : escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

function escapeText(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
