/** What labels of fresh parts prove about the threshold that runs: exact one-sided statements, each by itself. */
import { binomialCdf, lowerBound, upperBound } from './binomial.ts';

/** A labelled part, counted once however often it was inspected. */
export interface AuditedPart {
	readonly defective: boolean;
	/** It was let through; a part that is rejected or held for a person was not. */
	readonly passed: boolean;
	/** How likely it was to be drawn by lot, where it was: only such parts say how many defective ones pass. */
	readonly drawn?: number;
}

/** Parts that were drawn by lot and have no label yet. */
export interface Unlabelled {
	readonly passed: number;
	readonly flagged: number;
}

export interface AuditOptions {
	/** Of each statement, 0 < 1 − δ < 1. */
	readonly confidence: number;
	/** Recall that the operating point promises, if it promises one. */
	readonly promised?: number;
	/** The smallest probability with which any of the parts could be drawn; needed where some were. */
	readonly probability?: number;
}

/** A share in [0,1] with a lower and an upper bound, each of the stated confidence by itself (Clopper–Pearson). */
export interface AuditedShare {
	readonly count: number;
	readonly n: number;
	readonly rate: number;
	readonly low: number;
	readonly high: number;
}

export interface AuditedRecall extends AuditedShare {
	/** The lower bound if every drawn part that passed and has no label were a miss: it assumes nothing about who labels what. */
	readonly lowAtWorst: number;
	/** Of the promised recall: proved, refuted, or neither yet. */
	readonly promise?: 'kept' | 'broken' | 'open';
}

export interface MissedParts {
	/** Drawn parts that passed and are labelled defective. */
	readonly seen: number;
	/** How many passed in all: Σ 1/p over those seen (Horvitz and Thompson, JASA 47, 1952). */
	readonly estimate: number;
	/** At most so many passed, with the stated confidence; drawn parts without a label count as missed. */
	readonly atMost: number;
	/** So much of the defective parts was stopped at least: labelled ones that were stopped against `atMost` missed ones. */
	readonly recallAtLeast?: number;
}

export interface ThresholdAudit {
	readonly confidence: number;
	/** All labels. Those of stopped parts alone say nothing about recall. */
	readonly labelled: {
		readonly defective: { readonly stopped: number; readonly passed: number };
		readonly sound: { readonly stopped: number; readonly passed: number };
	};
	/** Parts that were drawn by lot. */
	readonly drawn: { readonly labelled: number; readonly unlabelled: number };
	/** Share of the defective drawn parts that were stopped; absent before there is one. */
	readonly recall?: AuditedRecall;
	/** Share of the sound drawn parts that were stopped; absent before there is one. */
	readonly falseRejects?: AuditedShare;
	/** Defective parts that passed since the threshold was set; absent when no part was drawn. */
	readonly missed?: MissedParts;
}

/**
 * Audits a threshold that was fixed before these parts came.
 *
 * Recall and false rejects rest on the parts that were drawn by lot alone: each of these is an independent trial of the
 * threshold, so that Clopper–Pearson is exact. Every other labelled part was chosen by somebody or by its verdict.
 */
export function auditThreshold(
	parts: readonly AuditedPart[],
	unlabelled: Unlabelled,
	options: AuditOptions,
): ThresholdAudit {
	const { confidence } = options;
	const drawn = parts.filter((part) => part.drawn !== undefined);
	const defective = drawn.filter((part) => part.defective);
	const sound = drawn.filter((part) => !part.defective);
	const waiting = unlabelled.passed + unlabelled.flagged;
	return {
		confidence,
		labelled: {
			defective: countsOf(parts.filter((part) => part.defective)),
			sound: countsOf(parts.filter((part) => !part.defective)),
		},
		drawn: { labelled: drawn.length, unlabelled: waiting },
		...(defective.length > 0 ? { recall: recallOf(countsOf(defective), unlabelled, options) } : {}),
		...(sound.length > 0 ? { falseRejects: shareOf(countsOf(sound).stopped, sound.length, confidence) } : {}),
		...(drawn.length + waiting > 0 ? { missed: missedOf(parts, unlabelled.passed, options) } : {}),
	};
}

/**
 * The most parts there can have been when `seen` of them were drawn, each with at least probability p: the largest M
 * with P(Bin(M, p) ≤ seen) > 1 − confidence.
 */
export function mostBehind(seen: number, p: number, confidence: number): number {
	if (!(p > 0 && p <= 1)) throw new TypeError(`a part is drawn with a probability in (0, 1], not ${p}`);
	if (p === 1) return seen;
	const possible = (m: number) => binomialCdf(seen, m, p) > 1 - confidence;
	let high = Math.max(1, seen);
	while (possible(high)) high *= 2;
	let low = seen;
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (possible(middle)) low = middle;
		else high = middle;
	}
	return low;
}

function countsOf(parts: readonly AuditedPart[]) {
	const passed = parts.filter((part) => part.passed).length;
	return { stopped: parts.length - passed, passed };
}

function shareOf(count: number, n: number, confidence: number): AuditedShare {
	return { count, n, rate: count / n, low: lowerBound(count, n, confidence), high: upperBound(count, n, confidence) };
}

function recallOf(
	{ stopped, passed }: { readonly stopped: number; readonly passed: number },
	waiting: Unlabelled,
	{ confidence, promised }: AuditOptions,
): AuditedRecall {
	const n = stopped + passed;
	const share = shareOf(stopped, n, confidence);
	const lowAtWorst = lowerBound(stopped, n + waiting.passed, confidence);
	if (promised === undefined) return { ...share, lowAtWorst };
	// Proved or refuted only where the labels that are missing cannot change it.
	const highAtBest = upperBound(stopped + waiting.flagged, n + waiting.flagged, confidence);
	const promise = lowAtWorst >= promised ? 'kept' : highAtBest < promised ? 'broken' : 'open';
	return { ...share, lowAtWorst, promise };
}

function missedOf(parts: readonly AuditedPart[], waiting: number, options: AuditOptions): MissedParts {
	const { confidence, probability } = options;
	const missed = parts.filter((part) => part.defective && part.passed);
	const seen = missed.filter((part) => part.drawn !== undefined);
	const stopped = parts.filter((part) => part.defective && !part.passed).length;
	const least = Math.min(probability ?? 1, ...seen.map((part) => part.drawn!));
	// Parts that somebody else found are missed for certain.
	const atMost = Math.max(missed.length, mostBehind(seen.length + waiting, least, confidence));
	return {
		seen: seen.length,
		estimate: seen.reduce((sum, part) => sum + 1 / part.drawn!, 0),
		atMost,
		...(stopped > 0 ? { recallAtLeast: stopped / (stopped + atMost) } : {}),
	};
}
