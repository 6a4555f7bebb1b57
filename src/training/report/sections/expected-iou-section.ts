/** Whether the model knows how well its masks fit: expected IoU against measured IoU, before and after correction. */
import type { IouComparison } from '../../../metrics/mask-iou/compare-ious.ts';
import { figure } from '../chart.ts';
import { type CalibrationPanel, calibrationChart } from '../charts/calibration-chart.ts';
import { type Html, html } from '../html.ts';
import type { Section } from '../page.ts';
import type { InspectionReport } from '../report-data.ts';
import { table } from '../table.ts';
import { count, plural, ratio } from '../words.ts';

export function expectedIouSection({ expectedIou, split, models }: InspectionReport): Section | undefined {
	if (!expectedIou) return undefined;
	const panels = calibrationPanels(expectedIou);
	return {
		id: 'expected-iou',
		title: 'What the model expects of its masks',
		lead: `On the line there is no truth to compare with, so a station publishes the IoU that the model's own probabilities lead to expect. Here it stands beside the measured IoU of ${plural(expectedIou.before.n, `defective ${split} image`)} under the ${models[0].precision} model.`,
		body: html`<div class="grid">${panels.map((panel) => figure(panel.title, calibrationChart([panel]), 'A dot is one image; joined are means by tenths of expected IoU, with their number of images. On the dashed line the estimate is right.'))}</div>
${agreementTable(expectedIou)}
<p class="note">${correctionInWords(expectedIou)} ${outsideInWords(expectedIou)}</p>`,
	};
}

/** One panel as the model says, and one as the bundle corrects it where it does. */
export function calibrationPanels({ before, after, pairs }: IouComparison): CalibrationPanel[] {
	const corrected = pairs.flatMap((pair) =>
		pair.corrected === undefined ? [] : [{ expected: pair.corrected, measured: pair.measured }],
	);
	return [
		{ title: "From the model's probabilities", estimates: pairs, agreement: before },
		...(after ? [{ title: 'Corrected', estimates: corrected, agreement: after }] : []),
	];
}

export function correctionInWords({ correction }: IouComparison): string {
	if (!correction) return 'Nothing is corrected: no correction helped on val, or its parts were too few.';
	const { method, n, parts, errors } = correction;
	const others = Object.entries(errors).map(([name, error]) => `${name} ${ratio(error)}`);
	return `The correction (${method}) was chosen on ${plural(n, 'val image')} of ${plural(parts, 'part')} by its error in cross-validation over parts (root mean square: ${others.join(', ')}).`;
}

function outsideInWords({ unmarked, sound }: IouComparison): string {
	const missed = unmarked > 0 ? ` Left out: ${plural(unmarked, 'defective image')} without a marked pixel.` : '';
	if (sound.marked === 0) return `It speaks of defective parts.${missed}`;
	return `It speaks of defective parts: on ${count(sound.marked)} of the ${plural(sound.n, 'sound image')} something is marked as well, with an expected IoU of ${ratio(sound.meanExpected)} where the truth is 0.${missed}`;
}

function agreementTable({ before, after }: IouComparison): Html {
	const columns = after ? [before, after] : [before];
	const row = (name: string, read: (one: typeof before) => number) => [name, ...columns.map((one) => ratio(read(one)))];
	return table({
		caption: 'Expected against measured IoU',
		narrow: true,
		head: ['', "model's probabilities", ...(after ? ['corrected'] : [])],
		rows: [
			row('Mean expected IoU', (one) => one.meanExpected),
			row('Mean measured IoU', (one) => one.meanMeasured),
			row('Bias', (one) => one.bias),
			row('Mean absolute error', (one) => one.meanAbsoluteError),
			row('Correlation', (one) => one.correlation),
		],
	});
}
