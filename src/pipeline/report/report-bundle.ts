/** The report of any bundle on any labelled images: scored anew, with what the bundle keeps of its training. */
import { parseWith } from '../../base/parse.ts';
import { type Precision, REPORT_FILE } from '../../bundle/manifest.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import { draftFrom, writeBundle } from '../../bundle/write-bundle.ts';
import type { ModelOptions } from '../../inference/model.ts';
import type { Dataset, Split } from '../../training/datasets/dataset.ts';
import { loadSplit } from '../../training/datasets/load-split.ts';
import type { InspectionReport } from '../../training/report/report-data.ts';
import { TRAINING_FILE, type TrainingRecord, trainingRecordSchema } from '../../training/report/training-record.ts';
import { type ScoredImages, scoreImages } from '../../training/score-images.ts';
import { modelToScore } from '../model-to-score.ts';
import { collectInspection } from './collect-inspection.ts';

export interface ReportRequest {
	readonly split: Split;
	/** Where pictures of the training run lie, if they are to be shown. */
	readonly samplesDir?: string;
}

/** @throws what loading and inference throw */
export async function reportBundle(
	bundle: Bundle,
	dataset: Dataset,
	{ split, samplesDir }: ReportRequest,
	options: ModelOptions = {},
): Promise<InspectionReport> {
	const { input, models } = bundle.manifest;
	const data = { ...input, ...(await loadSplit(dataset, split, input)) };
	const bytes = new Map<Precision, Uint8Array>();
	const scored = new Map<Precision, ScoredImages>();
	for (const { precision } of models) {
		bytes.set(precision, bundle.model(precision));
		scored.set(
			precision,
			await scoreImages({ bytes: modelToScore(precision, bundle.model(precision)) }, data, options),
		);
	}
	return collectInspection({
		manifest: bundle.manifest,
		models: bytes,
		scored,
		dataset,
		split,
		data,
		changed: { split, data },
		training: trainingOf(bundle),
		samplesDir,
	});
}

/** Writes the bundle again with this page as its report. */
export async function writeReport(bundle: Bundle, page: string): Promise<Bundle> {
	const { manifest, files } = draftFrom(bundle);
	return writeBundle(bundle.dir, { manifest, files: new Map([...files, [REPORT_FILE, page]]) });
}

/** Undefined for bundles that keep none. */
function trainingOf(bundle: Bundle): TrainingRecord | undefined {
	if (!Object.hasOwn(bundle.manifest.files, TRAINING_FILE)) return undefined;
	return parseWith(
		trainingRecordSchema,
		bundle.readJson(TRAINING_FILE),
		`${TRAINING_FILE} of ${bundle.dir}`,
		'BUNDLE_INVALID',
	);
}
