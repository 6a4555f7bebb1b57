/** Signal to quantization noise along the depth of a network: where it falls, a layer loses what others cannot win back. */
import { dot, gridY, line, text } from '@observablehq/plot';
import { chart } from '../chart.ts';
import type { Html } from '../html.ts';
import { colour } from '../palette.ts';
import type { QuantizedLayer } from '../report-data.ts';
import { shorten } from '../words.ts';

export function noiseByLayer(layers: readonly QuantizedLayer[]): Html {
	const points = layers.flatMap(({ name, sqnrDb }, i) => (sqnrDb === null ? [] : [{ place: i + 1, name, sqnrDb }]));
	const weakest = points.toSorted((a, b) => a.sqnrDb - b.sqnrDb).slice(0, 1);
	const most = Math.max(10, ...points.map(({ sqnrDb }) => sqnrDb));
	return chart({
		alternative: `Signal to quantization noise of ${points.length} values in the order of the network. ${weakest
			.map(({ name, sqnrDb }) => `Weakest: ${name} with ${sqnrDb.toFixed(1)} dB.`)
			.join(' ')}`,
		width: 900,
		height: 280,
		x: {
			label: 'value, from the input',
			domain: [1, Math.max(2, layers.length)],
			ticks: 8,
			tickSize: 0,
			labelOffset: 40,
		},
		y: {
			label: null,
			domain: [Math.min(0, ...points.map(({ sqnrDb }) => sqnrDb)), most * 1.05],
			ticks: 6,
			tickSize: 0,
		},
		marks: [
			gridY({ ticks: 6, strokeOpacity: 0.12 }),
			line(points, { x: 'place', y: 'sqnrDb', stroke: colour('sound'), strokeWidth: 1.5 }),
			dot(points, { x: 'place', y: 'sqnrDb', fill: colour('sound'), r: 3 }),
			dot(weakest, { x: 'place', y: 'sqnrDb', fill: colour('defect'), r: 5 }),
			text(weakest, {
				x: 'place',
				y: 'sqnrDb',
				text: ({ name, sqnrDb }) => `${shorten(name, 34)}: ${sqnrDb.toFixed(1)} dB`,
				textAnchor: weakest[0]?.place > layers.length / 2 ? 'end' : 'start',
				dy: 16,
				fill: colour('defect'),
			}),
		],
	});
}
