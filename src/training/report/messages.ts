/** Warnings in plain words, each with its own mark, so that colour alone carries nothing. */
import { type Html, html } from './html.ts';

export interface Message {
	readonly level: 'error' | 'warning' | 'good';
	readonly title: string;
	readonly text: string;
}

const MARKS = { error: '✕', warning: '!', good: '✓' } as const;
const WORDS = { error: 'Error', warning: 'Warning', good: 'Good' } as const;

/** A list, or nothing. */
export function messages(list: readonly Message[]): Html | undefined {
	if (list.length === 0) return undefined;
	return html`<ul class="messages">${list.map(
		({ level, title, text }) =>
			html`<li class="${level}"><span class="mark" role="img" aria-label="${WORDS[level]}">${MARKS[level]}</span><p><strong>${title}.</strong> ${text}</p></li>`,
	)}</ul>`;
}
