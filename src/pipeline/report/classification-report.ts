/** What the report of a classifier of kinds shows, from the results of its training. */
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import type { HistoryEntry } from '../../training/fit.ts';
import type { GradientHealth } from '../../training/gradient-health.ts';
import type { ClassificationReport, EpochPoint } from '../../training/report/report-data.ts';
import type { Stage } from '../../training/report/training-record.ts';
import type { PretrainRequest, PretrainResult } from '../pretrain/pretrain.ts';
import { hostFacts } from './run-facts.ts';
import { datasetDigest } from './summarise-dataset.ts';
import { gradientRecord } from './training-record.ts';

export interface Pretrained extends PretrainResult {
	readonly gradients: GradientHealth;
	readonly mistakes: ClassificationReport['mistakes'];
	readonly stages: readonly Stage[];
}

export function classificationReport(request: PretrainRequest, result: Pretrained): ClassificationReport {
	const { dataset, options, out, threads = availableParallelism() } = request;
	const { test, images, history, best, parameters, gradients, mistakes, stages } = result;
	const { width, height, channels, network, batch, seed } = options;
	return {
		kind: 'classification',
		name: basename(resolve(out)),
		createdAt: new Date().toISOString(),
		model: `${network.name}, ${width} × ${height} ${channels === 1 ? 'grey' : 'colour'}`,
		datasetName: dataset.name,
		split: 'test',
		accuracy: test.accuracy,
		confusion: { classes: test.classes, counts: test.confusion },
		epochs: history.map(epochPoint),
		bestEpoch: 1 + history.findIndex(({ step }) => step === best.step),
		mistakes,
		gradients: gradientRecord(gradients),
		run: {
			facts: [
				['Network', `${network.name}, ${parameters.toLocaleString('en-US')} parameters`],
				['Images', `${images.train} train, ${images.val} val, ${images.test} test`],
				['Batch', String(batch)],
				['Seed', String(seed)],
				['Threads', String(threads)],
				['Dataset', `${dataset.name}, digest ${datasetDigest(dataset).slice(0, 16)}`],
				...hostFacts(),
			],
			stages,
			configuration: options,
		},
	};
}

/** The evaluations of `pretrain`, one an epoch. */
function epochPoint({ loss, figures, metric, learningRate }: HistoryEntry, i: number): EpochPoint {
	return {
		epoch: i + 1,
		trainLoss: figures?.['train loss'] ?? loss,
		valLoss: figures?.['val loss'],
		trainAccuracy: figures?.['train accuracy'],
		valAccuracy: metric,
		learningRate,
	};
}
