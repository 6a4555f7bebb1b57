/** All that a report shows, as plain data: collected once, kept as JSON, turned into a page by `renderReport`. */
import type { Evaluation } from '../../metrics/evaluation.ts';
import type { IouComparison } from '../../metrics/mask-iou/compare-ious.ts';
import type { VerdictFlips } from '../../metrics/verdict-flips.ts';
import type { DatasetReport } from '../datasets/check-dataset.ts';
import type { GradientWatch, LearningCurves, Stage } from './training-record.ts';

/** A picture inside the page. */
export interface Picture {
	/** A `data:` address. */
	readonly src: string;
	readonly width: number;
	readonly height: number;
}

export interface DatasetSummary extends DatasetReport {
	/** SHA-256 over names, labels and splits of the images. */
	readonly digest?: string;
	readonly sheet?: Picture;
}

export interface RunFacts {
	/** What was run, where, with what: name and value, in the order shown. */
	readonly facts: readonly (readonly [name: string, value: string])[];
	readonly stages: readonly Stage[];
	/** The full settings, shown folded as JSON. */
	readonly configuration?: unknown;
}

/** A picture drawn while training. */
export interface TrainingPicture {
	readonly step: number;
	readonly picture: Picture;
}

/** What any kind of report may have. */
interface CommonReport {
	readonly name: string;
	readonly createdAt: string;
	readonly gradients?: GradientWatch;
	readonly dataset?: DatasetSummary;
	readonly pictures?: readonly TrainingPicture[];
	readonly run?: RunFacts;
}

export interface ScoredPart {
	readonly score: number;
	readonly defective: boolean;
	readonly class: string;
}

/** One image that the model got wrong. */
export interface Mistake {
	readonly id: string;
	readonly class: string;
	readonly score: number;
	readonly image: Picture;
	/** For models with a mask. */
	readonly truth?: Picture;
	readonly prediction?: Picture;
	/** Where the model sees a defect, laid over the image. */
	readonly heat?: Picture;
}

/** How a change of the images changes the results. */
export interface RobustnessCurve {
	/** Such as `Rotation`. */
	readonly change: string;
	/** Of the strength, such as `degrees`. */
	readonly unit: string;
	readonly points: readonly {
		readonly strength: number;
		readonly ap: number;
		/** Share of defective images flagged at the threshold, and of sound ones. */
		readonly recall: number;
		readonly falseAlarms: number;
	}[];
}

export interface Robustness {
	readonly split: string;
	readonly precision: string;
	readonly n: { readonly ok: number; readonly defect: number };
	/** Images of the split before some were drawn. */
	readonly of: number;
	readonly curves: readonly RobustnessCurve[];
}

/** One quantized value: mostly what a layer gives. */
export interface QuantizedLayer {
	readonly name: string;
	/** The operator that gives it, such as `Conv`; `input` for the image. */
	readonly op: string;
	/** Smallest and largest float value on the calibration images. */
	readonly seen: { readonly min: number; readonly max: number };
	readonly scale: number;
	readonly zeroPoint: number;
	/** Signal to quantization noise in dB, of all rounding up to here; null where nothing differs. */
	readonly sqnrDb: number | null;
	/** Share of the calibration values that the codes cannot reach. */
	readonly saturated: number;
	/** How the float weights lie between −largest and largest: counts in bins of equal width; of layers that have weights. */
	readonly weights?: { readonly largest: number; readonly counts: readonly number[] };
	/** Kept in float for accuracy. */
	readonly inFloat?: boolean;
}

/** How an int8 model came about, and what it is worth layer by layer. */
export interface QuantizationSummary {
	readonly calibrationImages: number;
	/** How ranges were chosen, in words. */
	readonly chosen: string;
	/** Ways to choose ranges, with the score of each (larger is better; null when it failed). */
	readonly candidates: readonly { readonly how: string; readonly score: number | null }[];
	/** What the scores are. */
	readonly judgedBy: string;
	/** In the order in which they were tried; undefined when none were. */
	readonly repairs?: readonly {
		readonly repair: string;
		readonly outcome: string;
		readonly gain: number | null;
		readonly detail: string;
	}[];
	readonly layers: readonly QuantizedLayer[];
	/** Operators that stay in float, by operator and reason. */
	readonly inFloat: readonly {
		readonly op: string;
		readonly reason: string;
		readonly help?: string;
		readonly nodes: readonly string[];
	}[];
	readonly audit: {
		readonly passed: boolean;
		readonly fused: number;
		readonly floatConvolutions: readonly string[];
		readonly strayPairs: readonly string[];
		/** Made by linear interpolation, which is faster in float. */
		readonly interpolated?: readonly string[];
	};
	readonly speed?: {
		readonly fp32Ms: number;
		readonly int8Ms: number;
		readonly ratio: number;
		readonly threads: number;
	};
}

/** What became of a model for GPUs. */
export interface TargetSummary {
	readonly precision: string;
	readonly passed: boolean;
	/** What shows that the hardware will run it as meant, or will not, in words. */
	readonly proof: string;
	/** How it was chosen, where there was a choice. */
	readonly search?: Pick<QuantizationSummary, 'calibrationImages' | 'chosen' | 'candidates' | 'judgedBy' | 'repairs'>;
	readonly inFloat: QuantizationSummary['inFloat'];
}

/** One model on one execution provider of the host that measured. */
export interface ProviderSpeed {
	readonly provider: string;
	readonly precision: string;
	/** Median milliseconds of one inference. */
	readonly ms?: number;
	/** How many operators each provider ran. */
	readonly placement?: Readonly<Record<string, number>>;
	/** Why there is no figure; that of the float model holds for the others too. */
	readonly unavailable?: string;
}

/** An image that the float model and the deployed one judge differently. */
export interface FlippedVerdict extends Mistake {
	/** By the float model; `score` is of the deployed one. */
	readonly floatScore: number;
	readonly defective: boolean;
}

/** Images by true class (rows) and predicted class (columns). */
export interface ClassConfusion {
	readonly classes: readonly string[];
	readonly counts: readonly (readonly number[])[];
}

/** A model that finds defects. */
export interface InspectionReport extends CommonReport {
	readonly kind: 'inspection';
	readonly version: string;
	/** Such as `unet, 128 × 128 grey`. */
	readonly model: string;
	readonly datasetName: string;
	/** The images that the figures are of. */
	readonly split: string;
	/** One entry per precision, the default model first; each is judged at its own operating point. */
	readonly models: readonly {
		readonly precision: string;
		readonly evaluation: Evaluation;
		/** Verdicts against the float model's scores at the same threshold; undefined for the float model. */
		readonly flips?: VerdictFlips;
	}[];
	/** Those images, the largest difference first (not all, where there are many); undefined for a float default. */
	readonly flips?: readonly FlippedVerdict[];
	readonly quantization?: QuantizationSummary;
	/** Other models than that for CPUs. */
	readonly targets?: readonly TargetSummary[];
	readonly providers?: readonly ProviderSpeed[];
	/** Scores of the default model. */
	readonly scores: readonly ScoredPart[];
	readonly classConfusion?: ClassConfusion;
	readonly misses: readonly Mistake[];
	readonly falseAlarms: readonly Mistake[];
	/** What the heat maps show, or why there are none. */
	readonly heat: string;
	/** Of the default model; undefined without masks. */
	readonly expectedIou?: IouComparison;
	readonly robustness?: Robustness;
	readonly learning?: LearningCurves;
}

export interface EpochPoint {
	readonly epoch: number;
	readonly trainLoss: number;
	readonly valLoss?: number;
	/** In [0,1]. */
	readonly trainAccuracy?: number;
	readonly valAccuracy: number;
	readonly learningRate?: number;
}

/** A model that tells kinds of things apart, none of them a defect. */
export interface ClassificationReport extends CommonReport {
	readonly kind: 'classification';
	/** Such as `simple-cnn, 32 × 32 colour`. */
	readonly model: string;
	readonly datasetName: string;
	readonly split: string;
	readonly accuracy: number;
	readonly confusion: ClassConfusion;
	readonly epochs: readonly EpochPoint[];
	readonly bestEpoch: number;
	/** Images that it was most sure of and wrong about. */
	readonly mistakes?: readonly (Mistake & { readonly predicted: string })[];
}

export type ReportData = InspectionReport | ClassificationReport;
