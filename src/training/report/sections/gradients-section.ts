/** Whether every layer learnt: norms of the gradient over the run, and what was noticed, in plain words. */
import { figure } from '../chart.ts';
import { gradientHeatMap } from '../charts/gradient-heat-map.ts';
import { lineChart } from '../charts/line-chart.ts';
import { html } from '../html.ts';
import { type Message, messages } from '../messages.ts';
import type { Section } from '../page.ts';
import type { GradientWatch } from '../training-record.ts';
import { count } from '../words.ts';

export function gradientsSection(watch: GradientWatch | undefined): Section | undefined {
	if (!watch || watch.steps.length === 0) return undefined;
	const { steps, layers, norms, warnings } = watch;
	const ratios = norms
		.map((row, i) => [steps[i], row[0] / row.at(-1)!] as const)
		.filter(([, r]) => r > 0 && Number.isFinite(r));
	return {
		id: 'gradients',
		title: 'Gradients',
		lead: 'Each layer learns from its gradient. One that fades towards the input stops the first layers from learning; one that grows without end makes training jump.',
		body: html`${warnings && messages(warnings.length > 0 ? warnings.map(message) : [HEALTHY])}
${figure('Norm of the gradient by layer, from the input (top) to the output', gradientHeatMap(watch))}
<div class="grid">${
			ratios.length > 1 &&
			figure(
				'First layer against last layer',
				lineChart({
					alternative: `Ratio of the gradient norms of ${layers[0]} and ${layers.at(-1)} over the steps, last ${ratios.at(-1)![1].toExponential(1)}.`,
					x: { label: 'step', domain: [steps[0], steps.at(-1)!] },
					y: { type: 'log', label: 'ratio (log)', tickFormat: '~g', ticks: 5 },
					curves: [{ name: 'ratio', points: ratios }],
				}),
				'Far below 1 and falling means vanishing gradients. A steady level is healthy, wherever it lies.',
			)
		}</div>`,
	};
}

const HEALTHY: Message = { level: 'good', title: 'Healthy', text: 'No layer’s gradient vanished or exploded.' };

function message({ step, layer, kind, message }: NonNullable<GradientWatch['warnings']>[number]): Message {
	return { level: 'warning', title: `Step ${count(step)}, ${layer ? `${layer}: ` : ''}${kind}`, text: message };
}
