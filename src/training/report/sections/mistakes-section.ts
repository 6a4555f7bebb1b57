/** The images that the model got wrong, the worst first: the quickest way to see what it does not understand. */
import { type Html, html } from '../html.ts';
import type { Section } from '../page.ts';
import type { ClassificationReport, InspectionReport, Mistake, Picture } from '../report-data.ts';
import { significant } from '../words.ts';

export function mistakesSection({ misses, falseAlarms, models, split, heat }: InspectionReport): Section {
	const { threshold } = models[0].evaluation.operatingPoint;
	const at = significant(threshold);
	return {
		id: 'mistakes',
		title: 'Worst mistakes',
		lead: `On ${split}, judged by the threshold ${at}. ${heat}`,
		body: html`
${group('Missed defects', misses, `Every defective image scored ${at} or more: none was missed.`)}
${group('False alarms', falseAlarms, `No sound image scored ${at} or more: no false alarms.`)}`,
	};
}

/** Of a classifier of kinds: wrong, and sure of it. */
export function confusedSection({ mistakes, split }: ClassificationReport): Section | undefined {
	if (!mistakes?.length) return undefined;
	const cases = mistakes.map((mistake) => mistakeCase(mistake, `${mistake.class} taken for ${mistake.predicted}`));
	return {
		id: 'mistakes',
		title: 'Surest mistakes',
		lead: `The ${split} images that the model was most sure of and wrong about; the score is its probability for the wrong class.`,
		body: html`<ol class="cases">${cases}</ol>`,
	};
}

function group(title: string, mistakes: readonly Mistake[], none: string): Html {
	if (mistakes.length === 0) return html`<h3>${title}</h3><p class="note">${none}</p>`;
	return html`<h3>${title}</h3><ol class="cases">${mistakes.map((mistake) => mistakeCase(mistake, mistake.class))}</ol>`;
}

/** One image with its pictures side by side. */
export function mistakeCase({ id, score, image, truth, prediction, heat }: Mistake, verdict: string): Html {
	const pictures: readonly (readonly [string, Picture | undefined])[] = [
		['image', image],
		['truth', truth],
		['prediction', prediction],
		['heat', heat],
	];
	return html`<li class="card"><p class="case-head"><strong>${verdict}</strong> · score ${significant(score, 3)}<small>${id}</small></p>
<div class="pictures">${pictures.map(
		([what, picture]) =>
			picture &&
			html`<div><img src="${picture.src}" width="${picture.width}" height="${picture.height}" alt="${what} of ${id}"><span>${what}</span></div>`,
	)}</div></li>`;
}
