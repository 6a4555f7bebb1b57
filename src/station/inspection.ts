/** The nouns that the station's stages share; stages know these and nothing of each other. */
import type { OperatingPoint } from '../metrics/operating-point.ts';

/** Exactly one per part; whatever goes wrong is `not-inspected`, never `ok`. */
export type Verdict = 'ok' | 'defect' | 'review' | 'not-inspected';

/** What the line is to do with the part. Only `ok` passes; for the part that was not inspected the station says which. */
export type Disposition = 'pass' | 'reject' | 'hold';

/** What is known of a part whose truth is known (simulator, labelled folder). */
export interface Truth {
	readonly defective: boolean;
	readonly defectClass?: string;
}

/** One connected defect region, in pixels of the inspected image. */
export interface Defect {
	readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
	readonly areaPx: number;
	readonly peak: number;
	readonly mean: number;
}

export interface RecipeReference {
	readonly id: string;
	readonly version: string;
	/** SHA-256 of the bundle's manifest. */
	readonly hash: string;
}

/** The record of one part, as stored and as published on `inspection` (after OPC 40100-1's result). */
export interface Inspection {
	/** Stable and unique: `<station>-<boot id>-<camera>-<sequence>`. */
	readonly resultId: string;
	readonly partId: string;
	readonly station: string;
	readonly camera: string;
	/** New at every start of the station; with `sequence` it orders results whatever the clock does. */
	readonly bootId: string;
	readonly sequence: number;
	readonly verdict: Verdict;
	readonly disposition: Disposition;
	/** Why, in a technician's words; present when the verdict is `not-inspected`. */
	readonly reason?: string;
	/** Defect score in [0,1]; absent when not inspected. */
	readonly score?: number;
	readonly operatingPoint: OperatingPoint;
	readonly defects: readonly Defect[];
	/** Expected IoU of the mask, estimated from the model's own probabilities; never a measured IoU. */
	readonly expectedIou?: number;
	/** IoU against a ground-truth mask, only when the part's truth is known. */
	readonly measuredIou?: number;
	readonly recipe: RecipeReference;
	/** SHA-256 over the station's configuration in force. */
	readonly configurationHash: string;
	readonly isSimulated: boolean;
	readonly isPartial: boolean;
	readonly provider: string;
	readonly precision: string;
	readonly times: {
		/** ISO 8601 wall times. */
		readonly start: string;
		readonly end: string;
		/** Milliseconds. */
		readonly acquisitionMs: number;
		readonly inferenceMs: number;
		readonly processingMs: number;
	};
	readonly truth?: Truth;
	/** True when published after an outage, from the outbox. */
	readonly history?: boolean;
}
