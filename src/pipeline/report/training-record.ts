/** What is kept of a finished training run: curves, gradients, times and the facts to do it again. */
import { availableParallelism } from 'node:os';
import type { PartScoreChoice } from '../../metrics/part-score/choose-part-score.ts';
import type { GradientHealth } from '../../training/gradient-health.ts';
import type { LearningCurves, Stage, TrainingRecord } from '../../training/report/training-record.ts';
import type { FittedNetwork } from '../fit-network.ts';
import { partScoreInWords } from '../part-score-in-words.ts';
import type { TrainRequest } from '../train-request.ts';
import { hostFacts } from './run-facts.ts';
import { datasetDigest } from './summarise-dataset.ts';

/** @param metric what evaluations on `val` measured, in words */
export function trainingRecord(
	{ dataset, options, threads }: TrainRequest,
	fitted: FittedNetwork,
	metric: string,
	stages: readonly Stage[],
	partScore?: PartScoreChoice,
): TrainingRecord {
	const { network, batch, steps, seed } = options;
	const done = fitted.trace.points.at(-1)?.step ?? 0;
	return {
		formatVersion: 1,
		learning: learningCurves(fitted, metric),
		gradients: gradientRecord(fitted.gradients),
		facts: [
			['Network', network.name],
			['Steps', done < steps ? `${done} of ${steps}, stopped early` : String(steps)],
			['Batch', String(batch)],
			['Seed', String(seed)],
			...(partScore ? [['Part score', partScoreInWords(partScore)] as [string, string]] : []),
			['Engine', `${fitted.engine}, ${threads ?? availableParallelism()} threads`],
			['Dataset', `${dataset.name}, digest ${datasetDigest(dataset).slice(0, 16)}`],
			...hostFacts(),
		],
		stages: [...stages],
	};
}

function learningCurves({ trace, history, best, stoppedEarly }: FittedNetwork, name: string): LearningCurves {
	return {
		points: trace.points.map(({ step, loss, terms, learningRate }) => ({
			step,
			loss,
			terms: { ...terms },
			learningRate,
		})),
		metric: { name, points: history.map(({ step, metric }) => ({ step, value: metric })) },
		best,
		stoppedEarly,
	};
}

/** Lists that the schema may own. */
export function gradientRecord({ steps, layers, norms, warnings }: GradientHealth): TrainingRecord['gradients'] {
	return { steps: [...steps], layers: [...layers], norms: norms.map((row) => [...row]), warnings: [...warnings] };
}
