/** Groups of measurements side by side: boxes for the spread, dots for every single one, since there are few. */
import { boxX, dotX } from '@observablehq/plot';
import { chart } from '../chart.ts';
import type { Html } from '../html.ts';
import { colour } from '../palette.ts';

export interface BoxPlotOptions {
	/** What was measured, at the axis, such as `macro IoU on val`. */
	readonly label: string;
	/** One row each, from the top. */
	readonly groups: readonly { readonly name: string; readonly values: readonly number[] }[];
	readonly width?: number;
}

/** Tukey's boxes: quartiles, median, whiskers to the last value within 1.5 interquartile ranges. */
export function boxPlot({ label, groups, width = 640 }: BoxPlotOptions): Html {
	const rows = groups.flatMap(({ name, values }) => values.map((value) => ({ name, value })));
	const names = groups.map(({ name }) => name);
	const channels = { x: 'value', y: 'name' } as const;
	return chart({
		alternative: `${label} by group. ${groups.map(describe).join(' ')}`,
		width,
		height: 58 + 40 * names.length,
		marginLeft: 20 + 7 * Math.max(...names.map((name) => name.length)),
		x: { label, grid: true, nice: true },
		y: { label: null, domain: names },
		marks: [
			boxX(rows, { ...channels, fill: colour('well'), stroke: colour('ink'), r: 0 }),
			dotX(rows, { ...channels, fill: colour('sound'), r: 3.5 }),
		],
	});
}

function describe({ name, values }: BoxPlotOptions['groups'][number]): string {
	const sorted = values.toSorted((a, b) => a - b);
	const median = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
	return `${name}: median ${median.toFixed(3)}, ${sorted[0].toFixed(3)} to ${sorted.at(-1)!.toFixed(3)}, n = ${values.length}.`;
}
