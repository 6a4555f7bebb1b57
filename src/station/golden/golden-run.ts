/** What a golden run is to the rest of the station: its parts, its judgement and what is published of it. */
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { RecipeReference, Verdict } from '../inspection.ts';

/**
 * `injected`: images of enrolment go through the inspector between two parts; they cannot see camera, lens or light.
 * `presented`: an operator puts the parts in front of the camera, which sees everything.
 */
export type GoldenMode = 'injected' | 'presented';

/** How the picture of a part looks beside that of its enrolment. */
export interface GoldenLook {
	/** Change of the logarithm of fine over coarser detail: about −0.5 for half a pixel of blur, −1.6 for one. */
	readonly sharpness: number;
	/** Mean grey level over that of enrolment. */
	readonly brightness: number;
}

/** What the inspector said of one golden part. */
export interface GoldenOutcome {
	readonly part: string;
	readonly verdict: Verdict;
	readonly score?: number;
	readonly measuredIou?: number;
	/** The gate passed it: the score says nothing beside that of enrolment. */
	readonly gated?: true;
	/** Of presented parts. */
	readonly look?: GoldenLook;
	/** Why it was not inspected. */
	readonly reason?: string;
}

export interface GoldenPartResult extends GoldenOutcome {
	readonly class: string;
	readonly defective: boolean;
	/** At enrolment; absent when the set was not enrolled for the precision that runs. */
	readonly enrolledScore?: number;
	readonly enrolledIou?: number;
	/** Score now minus score at enrolment. */
	readonly shift?: number;
}

export interface GoldenJudgement {
	readonly passed: boolean;
	/** What is wrong, in a technician's words; empty when passed. */
	readonly why: readonly string[];
	/** What to look at, when something is wrong. */
	readonly hints: readonly string[];
	readonly n: { readonly defective: number; readonly sound: number };
	/** Defective parts that did not pass / defective parts; absent without defective parts. */
	readonly recall?: number;
	readonly missed: readonly string[];
	readonly falseRejects: { readonly n: number; readonly count: number; readonly atEnrolment: number };
	/** Sound parts that a person would have to look at. */
	readonly held: number;
	/** Means over the defective parts that have a mask, then and now. */
	readonly measuredIou: { readonly n: number; readonly mean?: number; readonly enrolled?: number };
	/** Means over the presented parts; injected ones look as they did. */
	readonly look: { readonly n: number } & Partial<GoldenLook>;
	readonly scoreShift: {
		readonly n: number;
		readonly meanAbsolute?: number;
		/** With its sign. */
		readonly largest?: number;
		/** Up to five parts that moved most. */
		readonly worst: readonly GoldenPartResult[];
	};
	readonly parts: readonly GoldenPartResult[];
}

export interface CameraResult extends GoldenJudgement {
	readonly camera: string;
	readonly provider?: string;
}

/** Which bundle a set was enrolled with. */
export interface EnrolledWith {
	readonly name: string;
	readonly version: string;
	/** SHA-256 of its manifest. */
	readonly hash: string;
	/** Thresholds in force then, by precision. */
	readonly thresholds: Readonly<Record<string, number>>;
}

/** One run, as kept and as published, retained, on `golden`. */
export interface GoldenRun {
	readonly id: string;
	readonly station: string;
	/** ISO 8601. */
	readonly start: string;
	readonly end: string;
	readonly mode: GoldenMode;
	/** Why it was run: the schedule's words, or who asked. */
	readonly trigger: string;
	readonly passed: boolean;
	/** Of all cameras, each with its name where there are several. */
	readonly why: readonly string[];
	readonly hints: readonly string[];
	readonly recipe: RecipeReference;
	readonly precision: string;
	readonly operatingPoint: OperatingPoint;
	readonly enrolledWith?: EnrolledWith;
	readonly cameras: readonly CameraResult[];
	/** How often it was begun anew because an inspector ended in the middle of it. */
	readonly repeats: number;
}

/** What `state` says of golden parts. */
export interface GoldenState {
	/** Absent when no parts are enrolled. */
	readonly set?: {
		readonly parts: number;
		readonly defective: number;
		readonly enrolledWith: EnrolledWith;
		readonly enrolledAt: string;
	};
	readonly last?: Pick<GoldenRun, 'id' | 'end' | 'mode' | 'trigger' | 'passed' | 'why' | 'hints'> & {
		readonly recall?: number;
		readonly measuredIou?: GoldenJudgement['measuredIou'];
		readonly parts: number;
	};
	readonly running?: {
		readonly mode: GoldenMode;
		readonly camera: string;
		readonly done: number;
		readonly of: number;
		/** The part to be put in front of the camera. */
		readonly waitingFor?: string;
	};
	/** When the schedule asks for the next run: the earlier of both. */
	readonly next?: { readonly at?: string; readonly inParts?: number };
	/** The last failure that no later run has refuted; while it stands, nothing is promised of the threshold. */
	readonly standing?: Pick<GoldenRun, 'id' | 'end' | 'mode' | 'why'>;
	/** Every part is held for a person since then. */
	readonly hold?: { readonly since: string; readonly why: string };
	/** Why no run is possible. */
	readonly fault?: string;
}
