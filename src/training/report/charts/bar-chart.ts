/** One bar a name, in [0,1], with its value written beside it. */
import { barX, ruleX, text } from '@observablehq/plot';
import { chart } from '../chart.ts';
import type { Html } from '../html.ts';
import { type ColourName, colour } from '../palette.ts';
import { ratio, shorten } from '../words.ts';

export interface BarChartOptions {
	readonly label: string;
	readonly bars: readonly { readonly name: string; readonly value: number; readonly note?: string }[];
	readonly fill?: ColourName;
}

export function barChart({ label, bars, fill = 'sound' }: BarChartOptions): Html {
	// Names may be equal once shortened, so rows go by number.
	const rows = bars.map(({ name, value, note }, row) => ({
		row: String(row),
		name: shorten(name, 20),
		value: Number.isFinite(value) ? value : 0,
		text: `${ratio(value)}${note ? `  ${note}` : ''}`,
	}));
	return chart({
		alternative: `${label}. ${bars.map(({ name, value, note }) => `${name}: ${ratio(value)}${note ? `, ${note}` : ''}`).join('; ')}.`,
		height: 36 + 32 * rows.length,
		marginTop: 6,
		marginBottom: 30,
		marginLeft: 16 + 7.2 * Math.max(...rows.map(({ name }) => name.length)),
		marginRight: 24 + 6.6 * Math.max(...rows.map((row) => row.text.length)),
		x: { domain: [0, 1], label: null, ticks: [0, 0.5, 1], tickSize: 0 },
		y: {
			domain: rows.map(({ row }) => row),
			label: null,
			tickSize: 0,
			padding: 0.35,
			tickFormat: (row) => rows[row].name,
		},
		marks: [
			barX(rows, { x: () => 1, y: 'row', fill: colour('well') }),
			barX(rows, { x: 'value', y: 'row', fill: colour(fill) }),
			text(rows, { x: () => 1, y: 'row', text: 'text', dx: 8, textAnchor: 'start' }),
			ruleX([0]),
		],
	});
}
