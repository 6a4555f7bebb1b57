/** A loss comparison as files: a page with its table and box plots, the plots as pictures, and the figures as JSON. */
import { join } from 'node:path';
import { writeAtomic } from '../../base/write-atomic.ts';
import { sharp } from '../../imaging/sharp.ts';
import { figure } from '../../training/report/chart.ts';
import { boxPlot } from '../../training/report/charts/box-plot.ts';
import type { Html } from '../../training/report/html.ts';
import { html } from '../../training/report/html.ts';
import { page } from '../../training/report/page.ts';
import { standaloneSvg } from '../../training/report/standalone-svg.ts';
import { table } from '../../training/report/table.ts';
import { FIGURE_TITLES, type FigureName } from '../trials/figures.ts';
import type { LossComparison } from './compare-losses.ts';
import { headOf, rowsOf, shownFigures, valuesOf } from './summary.ts';

export interface WrittenComparison {
	readonly page: string;
	readonly json: string;
	readonly pictures: readonly string[];
}

/** @throws FILE_UNWRITABLE */
export async function writeComparison(comparison: LossComparison, dir: string): Promise<WrittenComparison> {
	const plots = shownFigures(comparison).map((name) => ({ name, plot: plotOf(comparison, name) }));
	const pictures: string[] = [];
	for (const { name, plot } of plots) {
		const svg = standaloneSvg(plot);
		const path = join(dir, `losses-${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
		await writeAtomic(`${path}.svg`, svg);
		await writeAtomic(`${path}.png`, await sharp(Buffer.from(svg), { density: 144 }).png().toBuffer());
		pictures.push(`${path}.png`);
	}
	const files = { page: join(dir, 'losses.html'), json: join(dir, 'losses.json') };
	await writeAtomic(files.page, pageOf(comparison, plots));
	await writeAtomic(files.json, `${JSON.stringify(comparison, null, '\t')}\n`);
	return { ...files, pictures };
}

function plotOf(comparison: LossComparison, name: FigureName): Html {
	const groups = comparison.losses
		.map((loss) => ({ name: loss.name, values: valuesOf(loss, name) }))
		.filter(({ values }) => values.length > 0);
	return boxPlot({ label: `${FIGURE_TITLES[name]} on test`, groups });
}

function pageOf(comparison: LossComparison, plots: readonly { name: FigureName; plot: Html }[]): string {
	const { dataset, on, steps, seeds, chosen, losses } = comparison;
	const diverged = losses.flatMap(({ name, runs }) =>
		runs.flatMap((run) => (run.diverged ? [`${name}: ${run.diverged}`] : [])),
	);
	return page({
		title: `Losses on ${dataset}`,
		kicker: 'Loss comparison',
		subtitle: `${losses.length} losses on the ${on} head, ${seeds.length} seeds, ${steps} steps each; all other settings the same.`,
		sections: [
			{
				id: 'figures',
				title: 'Figures',
				lead: `Mean and standard deviation over seeds on test, which chose nothing. ${chosen ? `Val would choose ${chosen}.` : ''}`,
				body: [
					table({
						caption: 'Figures on test by loss',
						head: headOf(comparison),
						rows: rowsOf(comparison),
						emphasised: losses.findIndex(({ name }) => name === chosen),
					}),
					diverged.map((line) => html`<p class="note">${line}</p>`),
				],
			},
			{
				id: 'spread',
				title: 'Spread',
				lead: 'A dot is one run. Boxes that overlap say that the seed matters as much as the loss.',
				body: plots.map(({ name, plot }) => figure(FIGURE_TITLES[name], plot)),
			},
		],
	});
}
