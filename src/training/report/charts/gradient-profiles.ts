/** Gradient norms along the depth of several networks: a flat line learns, a falling or towering one does not. */
import { gridY, line, link, text } from '@observablehq/plot';
import { chart } from '../chart.ts';
import type { Html } from '../html.ts';
import { colour } from '../palette.ts';

export interface GradientProfile {
	readonly name: string;
	/** One norm a layer, the first one at the input. */
	readonly norms: readonly number[];
	readonly learns: boolean;
}

const SIZE = { width: 900, height: 480, marginTop: 20, marginBottom: 40 } as const;
/** Least distance of two labels, in px. */
const LABEL = 16;

export function gradientProfiles(profiles: readonly GradientProfile[]): Html {
	const shown = profiles.map((profile) => ({ ...profile, norms: profile.norms.filter((norm) => norm > 0) }));
	const all = shown.flatMap(({ norms }) => norms.map(Math.log10)).filter(Number.isFinite);
	const domain: readonly [number, number] = [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
	const depth = Math.max(...profiles.map(({ norms }) => norms.length));
	/** Room for the lines from the curves to their names. */
	const edge = 1 + (depth - 1) * 1.04;
	const labels = labelled(shown, domain);
	return chart({
		alternative: `Gradient norm by layer. ${profiles.map(describe).join(' ')}`,
		...SIZE,
		marginRight: 20 + 7 * Math.max(...labels.map(({ name }) => name.length)),
		x: { label: 'layer, from the input', domain: [1, edge], ticks: 8, tickSize: 0, labelOffset: 36 },
		y: { label: 'gradient norm (power of ten)', domain: [...domain], ticks: 8, tickSize: 0 },
		marks: [
			gridY({ ticks: 8, strokeOpacity: 0.12 }),
			...profiles.map(({ norms, learns }) =>
				line(
					norms.map((norm, i) => [i + 1, norm > 0 ? Math.log10(norm) : Number.NaN]),
					{ stroke: colour(learns ? 'sound' : 'defect'), strokeWidth: 2, strokeDasharray: learns ? 'none' : '6 3' },
				),
			),
			link(labels, { x1: depth, x2: edge, y1: 'end', y2: 'place', stroke: colour('soft') }),
			text(labels, { x: edge, y: 'place', text: 'name', dx: 4, textAnchor: 'start', fill: 'currentColor' }),
		],
	});
}

/** Labels beside the ends of their lines, moved apart from the bottom up. */
function labelled(profiles: readonly GradientProfile[], [low, high]: readonly [number, number]) {
	const perLabel = ((high - low) / (SIZE.height - SIZE.marginTop - SIZE.marginBottom)) * LABEL;
	const ends = profiles
		.filter(({ norms }) => norms.length > 0)
		.map(({ name, norms, learns }) => ({
			name: learns ? name : `${name}: does not learn`,
			end: Math.log10(norms.at(-1)!),
		}))
		.toSorted((a, b) => a.end - b.end);
	let place = Number.NEGATIVE_INFINITY;
	return ends.map((label) => {
		place = Math.max(label.end, place + perLabel);
		return { ...label, place };
	});
}

function describe({ name, norms, learns }: GradientProfile): string {
	if (norms.length === 0) return `${name}: none.`;
	return `${name} (${learns ? 'learns' : 'does not learn'}): ${norms[0].toExponential(0)} at the first layer, ${norms.at(-1)!.toExponential(0)} at the last.`;
}
