/** Curves over one axis, told apart by colour and dashes, with a key above and points of interest marked. */
import { dot, gridX, gridY, type LineOptions, line, ruleX, type ScaleOptions, text } from '@observablehq/plot';
import { chart } from '../chart.ts';
import { type Html, html } from '../html.ts';
import { colour, SERIES } from '../palette.ts';

export interface Curve {
	readonly name: string;
	readonly points: readonly (readonly [x: number, y: number])[];
	/** Shows the points themselves. */
	readonly dots?: boolean;
	readonly curve?: LineOptions['curve'];
}

export interface LineChartOptions {
	readonly alternative: string;
	readonly x: ScaleOptions;
	readonly y: ScaleOptions;
	readonly curves: readonly Curve[];
	/** A point to look at, with its label. */
	readonly mark?: { readonly x: number; readonly y: number; readonly label: string; readonly above?: boolean };
	/** A vertical line with its label. */
	readonly rule?: { readonly x: number; readonly label: string };
	/** A line from corner to corner or the like, faint. */
	readonly guide?: readonly (readonly [number, number])[];
	/** Sides equal. */
	readonly square?: boolean;
}

const DASHES = ['none', '7 3', '2 3', '9 3 2 3', '4 2', '1 2'];

/** The chart, under a key when there is more than one curve. */
export function lineChart({ alternative, x, y, curves, mark, rule, guide, square }: LineChartOptions): Html {
	const drawn = curves.map((one) => ({ ...one, points: one.points.filter((point) => point.every(Number.isFinite)) }));
	const svg = chart({
		alternative,
		...(square ? { height: 400 } : {}),
		x: { ticks: 6, tickSize: 0, labelOffset: 40, ...x },
		y: { ticks: 6, tickSize: 0, ...y },
		marks: [
			gridX({ ticks: 6, strokeOpacity: 0.08 }),
			gridY({ ticks: 6, strokeOpacity: 0.12 }),
			guide ? line(guide, { stroke: colour('soft'), strokeDasharray: '2 3' }) : null,
			rule && ruleX([rule.x], { stroke: colour('ink'), strokeDasharray: '4 3' }),
			rule && ruleLabel(rule, x),
			...drawn.flatMap(({ points, dots, curve = 'linear' }, i) => [
				line(points, { stroke: colour(seriesAt(i)), strokeWidth: 2, strokeDasharray: dashAt(i), curve }),
				dots ? dot(points, { fill: colour(seriesAt(i)), r: 2.5 }) : null,
			]),
			...(mark ? pointer(mark, x) : []),
		],
	});
	return curves.length > 1 ? html`${key(curves.map(({ name }) => name))}${svg}` : svg;
}

/** Names beside a piece of their line. */
function key(names: readonly string[]): Html {
	return html`<ul class="key">${names.map(
		(name, i) =>
			html`<li><svg width="26" height="8" aria-hidden="true"><line x1="1" x2="25" y1="4" y2="4" stroke="${colour(seriesAt(i))}" stroke-width="2.5" stroke-dasharray="${dashAt(i)}"/></svg>${name}</li>`,
	)}</ul>`;
}

const halo = { stroke: colour('card'), strokeWidth: 4 } as const;

/** Beside the line, towards the middle. */
function ruleLabel({ x, label }: NonNullable<LineChartOptions['rule']>, scale: ScaleOptions) {
	const right = isRight(x, scale);
	const place = { frameAnchor: 'top', dx: right ? -5 : 5, dy: 2, textAnchor: right ? 'end' : 'start' } as const;
	return text([label], { x, ...place, ...halo, fill: 'currentColor' });
}

function isRight(x: number, { domain = [0, 1] }: ScaleOptions): boolean {
	const [low, high] = domain as [number, number];
	return x > (low + high) / 2;
}

/** A ring and a label that stays inside the frame: on the left of points in the right half. */
function pointer({ x, y, label, above }: NonNullable<LineChartOptions['mark']>, scale: ScaleOptions) {
	const right = isRight(x, scale);
	const place = { dx: right ? -10 : 10, textAnchor: right ? ('end' as const) : ('start' as const) };
	return [
		dot([[x, y]], { r: 5, fill: colour('card'), stroke: colour('ink'), strokeWidth: 2 }),
		text([[x, y]], {
			text: () => label,
			...place,
			dy: above ? -15 : 26,
			...halo,
			fill: 'currentColor',
			fontWeight: 600,
		}),
	];
}

function seriesAt(i: number) {
	return SERIES[i % SERIES.length];
}

function dashAt(i: number): string {
	return DASHES[i % DASHES.length];
}
