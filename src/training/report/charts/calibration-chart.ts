/** An estimate against what was measured: a dot per image, and means by bins on a line that should be the diagonal. */
import { dot, gridX, gridY, line, text } from '@observablehq/plot';
import type { IouAgreement, IouEstimate } from '../../../metrics/mask-iou/iou-agreement.ts';
import { CHART, chart } from '../chart.ts';
import type { Html } from '../html.ts';
import { colour } from '../palette.ts';
import { ratio } from '../words.ts';

export interface CalibrationPanel {
	readonly title: string;
	readonly estimates: readonly IouEstimate[];
	readonly agreement: IouAgreement;
}

const RANGE = [0, 1] as const;

/** Panels stand side by side; a single one is as wide as any chart. */
export function calibrationChart(panels: readonly CalibrationPanel[]): Html {
	const dots = panels.flatMap(({ title, estimates }) => estimates.map((one) => ({ ...one, title })));
	const bins = panels.flatMap(({ title, agreement }) => agreement.bins.map((bin) => ({ ...bin, title })));
	const diagonal = panels.flatMap(({ title }) => RANGE.map((at) => ({ at, title })));
	const facet = panels.length > 1 ? { fx: 'title' } : {};
	const axis = { domain: [...RANGE], ticks: 6, tickSize: 0 };
	return chart({
		alternative: panels.map(describe).join(' '),
		width: CHART.width * panels.length,
		height: 400,
		x: { ...axis, label: 'expected IoU', labelOffset: 40 },
		y: { ...axis, label: 'measured IoU' },
		...(panels.length > 1 && { fx: { domain: panels.map(({ title }) => title), label: null } }),
		marks: [
			gridX({ ticks: 6, strokeOpacity: 0.08 }),
			gridY({ ticks: 6, strokeOpacity: 0.12 }),
			line(diagonal, { ...facet, x: 'at', y: 'at', z: 'title', stroke: colour('soft'), strokeDasharray: '2 3' }),
			dot(dots, { ...facet, x: 'expected', y: 'measured', r: 2.5, fill: colour('sound'), fillOpacity: 0.45 }),
			line(bins, { ...facet, x: 'expected', y: 'measured', z: 'title', stroke: colour('defect'), strokeWidth: 2 }),
			dot(bins, { ...facet, x: 'expected', y: 'measured', r: 4, fill: colour('defect') }),
			text(bins, {
				...facet,
				x: 'expected',
				y: 'measured',
				text: ({ n }: { n: number }) => String(n),
				dy: -13,
				stroke: colour('card'),
				strokeWidth: 4,
				fill: colour('defect'),
				fontWeight: 600,
			}),
		],
	});
}

function describe({ title, agreement: { n, bias, meanAbsoluteError } }: CalibrationPanel): string {
	return `${title}: expected IoU differs from measured IoU by ${ratio(bias)} on average over ${n} images, by ${ratio(meanAbsoluteError)} in size.`;
}
