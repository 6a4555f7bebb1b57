/** What a training run is asked for, and the images it works on. */
import type { TargetName } from '../quantization/targets/index.ts';
import type { Dataset } from '../training/datasets/dataset.ts';
import type { EngineName } from '../training/engines/index.ts';
import type { FitProgress } from '../training/fit.ts';
import type { GradientWarning } from '../training/gradient-health.ts';
import type { LabelledImages } from '../training/labelled-images.ts';
import type { TrainOptions } from '../training/train-options.ts';
import type { TransferReport } from '../training/transfer/transfer-report.ts';

export interface TrainRequest {
	readonly dataset: Dataset;
	readonly options: TrainOptions;
	/** Where the bundle goes. */
	readonly out: string;
	readonly name: string;
	/** Where pictures and checkpoints of the run go. */
	readonly runDir: string;
	readonly resume: boolean;
	/** What is made of the float model (default: `DEFAULT_TARGETS`). */
	readonly targets?: readonly TargetName[];
	/** What trains (default: `ort`); checkpoints go on under either. */
	readonly engine?: EngineName;
	/** Threads of ONNX Runtime (default: all cores for training, one for deployed models). */
	readonly threads?: number;
	readonly onStage?: (stage: string) => void;
	/** Told what computes: package, version and device. */
	readonly onEngine?: (runtime: string) => void;
	/** Told what of a file of weights was loaded. */
	readonly onTransfer?: (report: TransferReport) => void;
	readonly onProgress?: (progress: FitProgress) => void;
	/** Is told once of every kind of trouble with gradients. */
	readonly onWarning?: (warning: GradientWarning) => void;
}

export interface Splits {
	readonly train: LabelledImages;
	readonly val: LabelledImages;
	readonly test: LabelledImages;
}
