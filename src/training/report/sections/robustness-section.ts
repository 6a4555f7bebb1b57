/** What becomes of the figures when parts lie turned or shifted, the lamp ages or the lens is out of focus. */
import { figure } from '../chart.ts';
import { lineChart } from '../charts/line-chart.ts';
import { type Html, html } from '../html.ts';
import type { Section } from '../page.ts';
import type { Robustness, RobustnessCurve } from '../report-data.ts';
import { count, plural, ratio } from '../words.ts';

export function robustnessSection(robustness: Robustness | undefined): Section | undefined {
	if (!robustness || robustness.curves.length === 0) return undefined;
	const { split, precision, n, of, curves } = robustness;
	const all = n.ok + n.defect;
	const share = all < of ? `${count(all)} of the ${count(of)} ${split} images` : plural(all, `${split} image`);
	return {
		id: 'robustness',
		title: 'Robustness',
		lead: `The ${precision} model on ${share} (${count(n.defect)} defective), each changed by the same amount, at the unchanged threshold. AP judges the ranking; recall and false alarms (shares of defective and of sound images flagged) hold at the threshold. Where they leave their level, keep the station’s mounting, light and focus within that range, or train with such changes.`,
		body: html`<div class="grid">${curves.map(curveFigure)}</div>`,
	};
}

function curveFigure({ change, unit, points }: RobustnessCurve): Html {
	const strengths = points.map(({ strength }) => strength);
	const alternative = points
		.map(
			(p) =>
				`${p.strength} ${unit}: AP ${ratio(p.ap)}, recall ${ratio(p.recall)}, false alarms ${ratio(p.falseAlarms)}`,
		)
		.join('; ');
	return figure(
		change,
		lineChart({
			alternative: `${change}. ${alternative}.`,
			x: { label: unit, domain: [Math.min(...strengths), Math.max(...strengths)] },
			y: { domain: [0, 1], label: null },
			curves: [
				{ name: 'AP', points: points.map((p) => [p.strength, p.ap]), dots: true },
				{ name: 'recall', points: points.map((p) => [p.strength, p.recall]), dots: true },
				{ name: 'false alarms', points: points.map((p) => [p.strength, p.falseAlarms]), dots: true },
			],
		}),
	);
}
