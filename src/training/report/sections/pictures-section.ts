/** Pictures drawn while training: how predictions came into being. */
import { html } from '../html.ts';
import type { Section } from '../page.ts';
import type { TrainingPicture } from '../report-data.ts';
import { count } from '../words.ts';

export function picturesSection(pictures: readonly TrainingPicture[] | undefined): Section | undefined {
	if (!pictures?.length) return undefined;
	return {
		id: 'pictures',
		title: 'Predictions during training',
		lead: 'The same val images each time, a row each: image, truth, prediction.',
		body: html`<div class="strip" tabindex="0" role="region" aria-label="Predictions during training">${pictures.map(
			({ step, picture }) =>
				html`<figure><figcaption>step ${count(step)}</figcaption><img src="${picture.src}" width="${picture.width}" height="${picture.height}" alt="Predictions at step ${count(step)}"></figure>`,
		)}</div>`,
	};
}
