/** Learning curves of a classifier: loss and accuracy by epoch, on train and on `val`. */
import { figure } from '../chart.ts';
import { type Curve, lineChart } from '../charts/line-chart.ts';
import { type Html, html } from '../html.ts';
import { messages } from '../messages.ts';
import { overfitWarning } from '../overfit.ts';
import type { Section } from '../page.ts';
import type { ClassificationReport, EpochPoint } from '../report-data.ts';
import { percent, ratio } from '../words.ts';

export function epochsSection({ epochs, bestEpoch }: ClassificationReport): Section | undefined {
	if (epochs.length === 0) return undefined;
	const best = epochs.find(({ epoch }) => epoch === bestEpoch) ?? epochs.at(-1)!;
	const warning = overfitWarning({
		points: epochs.map(({ epoch, trainLoss }) => ({ step: epoch, loss: trainLoss, terms: {}, learningRate: 0 })),
		metric: { name: 'accuracy', points: epochs.map(({ epoch, valAccuracy }) => ({ step: epoch, value: valAccuracy })) },
		best: { step: best.epoch, metric: best.valAccuracy },
		unit: 'epoch',
	});
	return {
		id: 'learning',
		title: 'Learning curves',
		lead: `${epochs.length} epochs; the weights of epoch ${best.epoch} were kept (accuracy on val ${percent(best.valAccuracy, 2)}).`,
		body: html`${messages(warning)}<div class="grid">${accuracyFigure(epochs, best)}${lossFigure(epochs)}</div>`,
	};
}

function accuracyFigure(epochs: readonly EpochPoint[], best: EpochPoint): Html {
	return figure(
		'Accuracy',
		lineChart({
			alternative: `Accuracy by epoch; on val best ${percent(best.valAccuracy, 2)} at epoch ${best.epoch}.`,
			x: epochScale(epochs),
			y: { label: 'accuracy', domain: [0, 1] },
			curves: curves(epochs, 'valAccuracy', 'trainAccuracy'),
			mark: { x: best.epoch, y: best.valAccuracy, label: `best ${percent(best.valAccuracy)}` },
		}),
	);
}

function lossFigure(epochs: readonly EpochPoint[]): Html {
	return figure(
		'Loss',
		lineChart({
			alternative: `Loss by epoch; on train from ${ratio(epochs[0].trainLoss)} to ${ratio(epochs.at(-1)!.trainLoss)}.`,
			x: epochScale(epochs),
			y: { label: 'loss', zero: true },
			curves: curves(epochs, 'valLoss', 'trainLoss'),
		}),
	);
}

/** `val` first, so that it has the same colour in both charts. */
function curves(epochs: readonly EpochPoint[], val: keyof EpochPoint, train: keyof EpochPoint): Curve[] {
	return [
		{ name: 'val', key: val },
		{ name: 'train', key: train },
	]
		.filter(({ key }) => epochs.some((point) => point[key] !== undefined))
		.map(({ name, key }) => ({
			name,
			points: epochs.map((point) => [point.epoch, point[key] ?? Number.NaN]),
			dots: true,
		}));
}

function epochScale(epochs: readonly EpochPoint[]) {
	const last = epochs.at(-1)!.epoch;
	return { label: 'epoch', domain: [Math.min(1, epochs[0].epoch), Math.max(2, last)], ticks: Math.min(10, last) };
}
