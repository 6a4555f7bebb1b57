/** One training run among several: fitted, scored and remembered in a folder of its own, so that it is never run twice. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AndonError } from '../../base/errors.ts';
import { parseWith } from '../../base/parse.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import { encodeModel } from '../../graph/codec/codec.ts';
import type { Graph } from '../../graph/graph.ts';
import { foldBatchNorm } from '../../graph/passes/fold-batch-norm.ts';
import { deploy } from '../../networks/deploy.ts';
import type { LabelledImages } from '../../training/labelled-images.ts';
import { scoreImages } from '../../training/score-images.ts';
import { deploySettings } from '../choose-part-score.ts';
import { fitNetwork } from '../fit-network.ts';
import { datasetDigest } from '../report/summarise-dataset.ts';
import type { Splits, TrainRequest } from '../train-request.ts';
import { figuresOf, figuresSchema } from './figures.ts';

const trialResult = z.strictObject({
	formatVersion: z.literal(1),
	/** Digest of dataset and settings. */
	identity: z.string(),
	steps: z.int(),
	/** Of the best weights on `val`; null when training diverged. */
	metric: z.number().nullable(),
	bestStep: z.int().nullable(),
	val: figuresSchema.nullable(),
	/** Null when `test` was not to be touched. */
	test: figuresSchema.nullable(),
	/** Why there are no figures. */
	diverged: z.string().nullable(),
	warnings: z.array(z.string()),
	/** From the first step to the last score. */
	seconds: z.number(),
});

export type TrialResult = z.infer<typeof trialResult>;

export interface TrialRequest extends Pick<TrainRequest, 'dataset' | 'options' | 'engine' | 'threads' | 'onProgress'> {
	readonly splits: Splits;
	/** What the trial is called; trials of other settings may have the same name. */
	readonly name: string;
	/** Where trials have their folders. */
	readonly root: string;
	/** Whether `test` is scored as well; never while something is still to be chosen. */
	readonly scoreTest: boolean;
}

/** The result of an earlier run with the same dataset and settings. @throws FILE_UNREADABLE */
export async function rememberedTrial(request: TrialRequest): Promise<TrialResult | undefined> {
	const path = join(folderOf(request), 'result.json');
	if (!existsSync(path)) return undefined;
	return parseWith(trialResult, JSON.parse(await readFile(path, 'utf8')), path, 'FILE_UNREADABLE');
}

/** Runs the trial, from its checkpoint if it was interrupted, unless its result is there already. */
export async function runTrial(request: TrialRequest): Promise<TrialResult> {
	const known = await rememberedTrial(request);
	if (known) return known;
	const started = performance.now();
	const outcome = await fitAndScore(request);
	const result: TrialResult = {
		formatVersion: 1,
		identity: identityOf(request),
		steps: request.options.steps,
		...outcome,
		seconds: (performance.now() - started) / 1000,
	};
	await writeAtomic(join(folderOf(request), 'result.json'), `${JSON.stringify(result, null, '\t')}\n`);
	return result;
}

type Outcome = Omit<TrialResult, 'formatVersion' | 'identity' | 'steps' | 'seconds'>;

async function fitAndScore(request: TrialRequest): Promise<Outcome> {
	const { splits, scoreTest } = request;
	try {
		const fitted = await fitNetwork(trainRequestOf(request), splits);
		const { val, test } = await score(request, fitted.network, scoreTest);
		const warnings = fitted.gradients.warnings.map(({ message }) => message);
		return { metric: fitted.best.metric, bestStep: fitted.best.step, val, test, diverged: null, warnings };
	} catch (error) {
		if (!(error instanceof AndonError) || error.code !== 'TRAINING_DIVERGED') throw error;
		return { metric: null, bestStep: null, val: null, test: null, diverged: error.facts.found, warnings: [] };
	}
}

/** As `train` takes it; it goes on from the trial's checkpoint when there is one. */
export function trainRequestOf(request: TrialRequest): TrainRequest {
	const runDir = folderOf(request);
	return { ...request, out: '', runDir, resume: existsSync(join(runDir, 'checkpoint.bin')) };
}

async function score({ options, splits, threads }: TrialRequest, network: Graph, withTest: boolean) {
	const scored = (data: LabelledImages, maskShift?: number) =>
		scoreImages(
			{ bytes: encodeModel(foldBatchNorm(deploy(network, { ...deploySettings(options), maskShift })).graph) },
			data,
			{
				threads,
			},
		);
	const plain = await scored(splits.val);
	const shift = plain.maskShift?.shift;
	const figures = async (data: LabelledImages, atHalf = scored(data)) =>
		figuresOf(await atHalf, shift === undefined ? null : (await scored(data, shift)).pixel);
	return {
		val: await figures(splits.val, Promise.resolve(plain)),
		test: withTest ? await figures(splits.test) : null,
	};
}

/** Other datasets, settings or purposes have other folders. */
function folderOf(request: TrialRequest): string {
	const slug = request.name
		.toLowerCase()
		.replaceAll(/[^a-z0-9.]+/g, '-')
		.replaceAll(/^-|-$/g, '');
	return join(request.root, `${slug}-${identityOf(request).slice(0, 8)}`);
}

function identityOf({ dataset, options, scoreTest }: TrialRequest): string {
	const what = JSON.stringify([datasetDigest(dataset), options, scoreTest]);
	return createHash('sha256').update(what).digest('hex');
}
