/** How the scores of sound and of defective parts lie on both sides of the threshold. */
import { gridY, rectY, ruleX, ruleY, text } from '@observablehq/plot';
import { chart } from '../chart.ts';
import type { Html } from '../html.ts';
import { colour } from '../palette.ts';
import type { ScoredPart } from '../report-data.ts';
import { count, plural, significant } from '../words.ts';

const BINS = 40;

/** Counts on a scale that grows with the logarithm but starts at 0, so that one stray part stays visible beside thousands. */
export function scoreHistogram(scores: readonly ScoredPart[], threshold: number): Html {
	const kinds = [
		{ kind: 'sound', scores: scores.filter(({ defective }) => !defective) },
		{ kind: 'defective', scores: scores.filter(({ defective }) => defective) },
	];
	const bars = kinds.flatMap(({ kind, scores }) =>
		binned(scores).map((parts, i) => ({ kind, from: i / BINS, to: (i + 1) / BINS, parts })),
	);
	const most = Math.max(1, ...bars.map(({ parts }) => parts));
	const ticks = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 100_000].filter((tick) => tick <= most);
	return chart({
		alternative: `Histogram of scores. ${kinds.map(({ kind, scores }) => describe(kind, scores, threshold)).join(' ')}`,
		height: 340,
		x: { domain: [0, 1], label: 'score', ticks: 6, tickSize: 0, labelOffset: 40 },
		y: { type: 'symlog', domain: [0, most * 1.25], label: null, ticks, tickSize: 0, tickFormat: count },
		fy: { domain: ['sound', 'defective'], label: null, axis: null, padding: 0.16 },
		marks: [
			gridY(ticks, { strokeOpacity: 0.12 }),
			rectY(
				bars.filter(({ parts }) => parts > 0),
				{
					x1: 'from',
					x2: 'to',
					y: 'parts',
					fy: 'kind',
					insetLeft: 0.5,
					insetRight: 0.5,
					fill: ({ kind }: { kind: string }) => colour(kind === 'sound' ? 'sound' : 'defect'),
				},
			),
			ruleY([0]),
			ruleX([threshold], { stroke: colour('ink'), strokeDasharray: '4 3', strokeWidth: 1.5 }),
			text(kinds, {
				fy: 'kind',
				text: ({ kind, scores }) => `${kind}, ${plural(scores.length, 'image')}`,
				frameAnchor: 'top-left',
				dy: -14,
				fontWeight: 600,
			}),
		],
	});
}

function binned(scores: readonly ScoredPart[]): number[] {
	const bins = new Array<number>(BINS).fill(0);
	for (const { score } of scores) bins[Math.min(BINS - 1, Math.floor(score * BINS))]++;
	return bins;
}

function describe(kind: string, scores: readonly ScoredPart[], threshold: number): string {
	const above = scores.filter(({ score }) => score >= threshold).length;
	return `${count(above)} of ${count(scores.length)} ${kind} images score at or above the threshold ${significant(threshold)}.`;
}
