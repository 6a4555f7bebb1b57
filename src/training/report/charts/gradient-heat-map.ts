/** Norms of the gradient, a row a layer and a column a step: where learning flows and where it dries up. */
import type { RenderFunction } from '@observablehq/plot';
import { chart } from '../chart.ts';
import { type Html, html } from '../html.ts';
import { colour } from '../palette.ts';
import type { GradientWatch } from '../training-record.ts';
import { count, shorten } from '../words.ts';

/** Shades of one colour; a path for each keeps the drawing small. */
const SHADES = 12;
const ROW = 14;

export function gradientHeatMap({ steps, layers, norms }: GradientWatch): Html {
	const [low, high] = rangeOf(norms);
	const shade = (norm: number) =>
		norm > 0
			? Math.max(0, Math.min(SHADES - 1, Math.floor((SHADES * Math.log10(norm / low)) / Math.log10(high / low))))
			: -1;
	const names = layers.map((layer) => shorten(layer.replace(/\/weight$/, ''), 26));
	const cells: RenderFunction = (_index, _scales, _values, dimensions, context) =>
		drawCells({ norms, shade, dimensions, document: context.document });
	const svg = chart({
		alternative: `Gradient norms of ${layers.length} layers over ${count(steps.at(-1) ?? 0)} steps, from ${low.toExponential(0)} to ${high.toExponential(0)}.`,
		width: 900,
		height: 48 + ROW * layers.length,
		marginLeft: 20 + 6.4 * Math.max(...names.map((name) => name.length)),
		marginTop: 4,
		marginRight: 18,
		x: { domain: [steps[0], steps.at(-1)!], label: 'step', tickSize: 0, labelOffset: 40 },
		y: {
			type: 'band',
			domain: layers.map((_, i) => String(i)),
			tickFormat: (i) => names[i],
			tickSize: 0,
			label: null,
			padding: 0,
			round: false,
		},
		marks: [cells as never],
	});
	return html`<p class="scale" aria-hidden="true">${low.toExponential(0)}<span></span>${high.toExponential(0)}</p>
<div class="wide" tabindex="0" role="region" aria-label="Gradient norms by layer and step">${svg}</div>`;
}

/** The smallest and the largest norm in whole powers of ten, at most twelve apart. */
function rangeOf(norms: GradientWatch['norms']): [number, number] {
	const all = norms.flat().filter((norm) => norm > 0 && Number.isFinite(norm));
	const high = Math.ceil(Math.log10(all.reduce((a, b) => Math.max(a, b), 1e-12)));
	const low = Math.floor(Math.log10(all.reduce((a, b) => Math.min(a, b), 1)));
	return [10 ** Math.max(low, high - 12), 10 ** Math.max(high, low + 1)];
}

interface CellOptions {
	readonly norms: GradientWatch['norms'];
	/** 0 … SHADES − 1, or −1 for a cell that stays empty. */
	readonly shade: (norm: number) => number;
	readonly dimensions: Parameters<RenderFunction>[3];
	readonly document: Parameters<RenderFunction>[4]['document'];
}

function drawCells({ norms, shade, dimensions, document }: CellOptions): ReturnType<RenderFunction> {
	const { width, height, marginLeft, marginRight, marginTop, marginBottom } = dimensions;
	const cellWidth = (width - marginLeft - marginRight) / norms.length;
	const cellHeight = (height - marginTop - marginBottom) / norms[0].length;
	const paths = Array.from({ length: SHADES }, () => '');
	norms.forEach((row, column) => {
		row.forEach((norm, layer) => {
			const level = shade(norm);
			if (level < 0) return;
			const [x, y] = [marginLeft + column * cellWidth, marginTop + layer * cellHeight];
			paths[level] +=
				`M${x.toFixed(1)},${y.toFixed(1)}h${cellWidth.toFixed(1)}v${(cellHeight - 1).toFixed(1)}h-${cellWidth.toFixed(1)}z`;
		});
	});
	const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
	group.setAttribute('fill', colour('sound'));
	paths.forEach((d, level) => {
		if (!d) return;
		const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
		path.setAttribute('d', d);
		path.setAttribute('fill-opacity', ((level + 1) / SHADES).toFixed(2));
		group.append(path);
	});
	return group;
}
