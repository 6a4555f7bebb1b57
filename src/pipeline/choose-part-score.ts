/** The score that a trained network's parts get, when the settings leave it to `val`. */
import { AndonError } from '../base/errors.ts';
import { encodeModel } from '../graph/codec/codec.ts';
import type { Graph } from '../graph/graph.ts';
import { foldBatchNorm } from '../graph/passes/fold-batch-norm.ts';
import { choosePartScore, learnPartScore, type PartScoreChoice } from '../metrics/part-score/choose-part-score.ts';
import type { ScoredByKinds } from '../metrics/part-score/learned-score.ts';
import { type DeployOptions, deploy, type ScoreKind, scoresOf } from '../networks/deploy.ts';
import type { LabelledImages } from '../training/labelled-images.ts';
import { scoreImages } from '../training/score-images.ts';
import type { TrainOptions } from '../training/train-options.ts';

/** How a network of these settings is deployed; where `val` chooses the score, as long as it has not, by the usual one. */
export function deploySettings({ score, classGate }: Pick<TrainOptions, 'score' | 'classGate'>): DeployOptions {
	return { classGate, ...(score !== 'auto' && score !== 'learned' && { score }) };
}

/**
 * @param wanted `auto` to choose, `learned` to learn one in any case
 * @param settings what else the network is deployed with, the shift of its mask above all
 * @throws CONFIG_INVALID or DATASET_INVALID when a learned score is wanted and cannot be had
 */
export async function partScoreOf(
	network: Graph,
	val: LabelledImages,
	wanted: 'auto' | 'learned',
	settings: DeployOptions,
	options: { readonly threads?: number } = {},
): Promise<PartScoreChoice> {
	const kinds = scoresOf(network);
	const items: (ScoredByKinds & { scores: Record<string, number> })[] = val.samples.map(({ defective, group }) => ({
		defective,
		group,
		scores: {},
	}));
	for (const score of kinds) {
		const bytes = encodeModel(foldBatchNorm(deploy(network, { ...settings, score })).graph);
		const { images } = await scoreImages({ bytes }, val, options);
		for (const [i, image] of images.entries()) items[i].scores[score] = image.score;
	}
	// The agreement is made of head and peak: it says nothing that they do not.
	const parts = kinds.filter((kind) => kind !== 'agreement');
	if (wanted === 'auto') return choosePartScore(items, kinds, parts);
	if (parts.length < 2) throw cannotLearn('CONFIG_INVALID', 'a network with a mask', `one score only, ${parts}`);
	const learned = learnPartScore(items, kinds, parts);
	if (learned) return learned;
	throw cannotLearn('DATASET_INVALID', 'at least 10 sound and 10 defective parts in val', 'fewer');
}

/** The settings with what was chosen. */
export function withPartScore(settings: DeployOptions, { kind, learned }: PartScoreChoice): DeployOptions {
	return { ...settings, score: kind as ScoreKind, ...(learned && { learnedScore: learned }) };
}

function cannotLearn(code: 'CONFIG_INVALID' | 'DATASET_INVALID', expected: string, found: string): AndonError {
	return new AndonError(code, { expected: `${expected}, to learn a score`, found, fix: 'Choose another `score`.' });
}
