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

/**
 * One region of the mask whose pixels touch by an edge or a corner. Pixels are those of the model's input, to which the
 * camera's image was stretched, or with a view those of what was seen through it (`Inspection.seen`), whose tiles are put
 * together; millimetres are those of the part, there when the station knows its scale.
 */
export interface Defect {
	/** Of the bundle's classes; absent when the model tells none apart. */
	readonly class?: string;
	readonly box: DefectBox;
	readonly boxMm?: DefectBox;
	readonly areaPx: number;
	readonly areaMm2?: number;
	/** Largest distance between two of its points (Feret diameter), pixels taken from corner to corner. */
	readonly lengthPx: number;
	readonly lengthMm?: number;
	/** Largest and mean defect probability of its pixels. */
	readonly peak: number;
	readonly mean: number;
}

/** From the upper left corner of the image, or of what was seen of it. */
export interface DefectBox {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** What the camera itself says of a frame; numbers and times of different devices do not compare. */
export interface DeviceMark {
	readonly frameId?: number;
	/** Nanoseconds, on the device's own clock (with PTP that of the network). */
	readonly timestampNs?: number;
}

/** What a view took of the camera's image, and in which size: `roi.x + box.x · roi.width / width` is a place in that image. */
export interface SeenPlace {
	/** Pixels that masks and boxes are in. */
	readonly width: number;
	readonly height: number;
	/** The same region in pixels of the camera. */
	readonly roi: DefectBox;
}

/** Which golden part of which run a record is of. */
export interface GoldenMark {
	readonly run: string;
	readonly part: string;
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
	/** Why it was not inspected, in a technician's words; present when that is the verdict. */
	readonly reason?: string;
	/** Why the verdict is what it is, in a technician's words; present when the part was inspected. */
	readonly why?: string;
	/** The severity rule that made the verdict what it is, as station.yaml has it. */
	readonly rule?: string;
	/** Defect score in [0,1]; absent when not inspected. */
	readonly score?: number;
	/** Without its promise while there is a reason in `promiseVoid`. */
	readonly operatingPoint: OperatingPoint;
	/** Why nothing is promised of the operating point; absent while its promise holds. */
	readonly promiseVoid?: readonly string[];
	/** Largest first. */
	readonly defects: readonly Defect[];
	/** Where their boxes lie; present when the station looks through a view. */
	readonly seen?: SeenPlace;
	/** Defects that are not listed, because there are too many. */
	readonly unlistedDefects?: number;
	/** Regions of the mask that are no defects, because they are below the minimum size. */
	readonly smallRegions?: number;
	/** Expected IoU of the mask, estimated from the model's own probabilities; never a measured IoU. */
	readonly expectedIou?: number;
	/** Whether it went through the correction that the bundle keeps for the model that ran; present with `expectedIou`. */
	readonly expectedIouCorrected?: boolean;
	/** IoU against a ground-truth mask, only when the part's truth is known. */
	readonly measuredIou?: number;
	/** Score of the gate in front of the inspector, when it ran. */
	readonly gateScore?: number;
	/** The gate found the part surely sound: the inspector did not run, and the score is 0. */
	readonly gated?: true;
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
		/** Milliseconds from the trigger to the verdict, waiting and all. */
		readonly latencyMs: number;
		/** From the trigger until it was taken up. */
		readonly waitMs: number;
		/** To have its pixels. */
		readonly acquisitionMs: number;
		/** The model alone. */
		readonly inferenceMs: number;
		/** From the model's answer to the verdict. */
		readonly decisionMs: number;
		/** From the pixels to the verdict: fitting, inference, decision. */
		readonly processingMs: number;
	};
	/** Decided only when it had come to an output, which had to treat it as not inspected: so its disposition says. */
	readonly late?: true;
	readonly device?: DeviceMark;
	readonly truth?: Truth;
	/** A reference part, not one of the line: it is not counted, not published and drives no output. */
	readonly golden?: GoldenMark;
	/** True when published after an outage, from the outbox. */
	readonly history?: boolean;
}
