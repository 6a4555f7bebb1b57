/** Which labelled parts become golden: both kinds alike, every class, low and high scores, none that tips at a breath. */
import { AndonError } from '../base/errors.ts';
import type { Precision } from './manifest.ts';
import { PARITY_TOLERANCES } from './parity.ts';

export interface Candidate {
	readonly image: string;
	readonly group: string;
	readonly class: string;
	readonly defective: boolean;
	/** By precision. */
	readonly scores: Readonly<Record<string, number>>;
}

interface Wanted {
	readonly count: number;
	/** Threshold by precision. */
	readonly thresholds: Readonly<Record<string, number>>;
	/** Whose scores are spread. */
	readonly precision: Precision;
}

/**
 * Chooses deterministically: half defective (by turns over the classes), half sound, each at even ranks of its scores with
 * the one nearest the threshold among them, one image per group. Only parts that every model judges rightly are eligible, further from its threshold than
 * another host may differ: a golden part must fail because something is wrong, not by chance.
 *
 * @throws DATASET_INVALID when there are too few such parts
 */
export function chooseGolden(candidates: readonly Candidate[], wanted: Wanted): Candidate[] {
	const eligible = onePerGroup(candidates.filter((candidate) => isSure(candidate, wanted.thresholds)));
	const rank = (list: readonly Candidate[]) =>
		list.toSorted((a, b) => scoreOf(a) - scoreOf(b) || (a.image < b.image ? -1 : 1));
	const scoreOf = ({ scores }: Candidate) => scores[wanted.precision];
	const defective = rank(eligible.filter((candidate) => candidate.defective));
	const sound = rank(eligible.filter((candidate) => !candidate.defective));
	const half = Math.ceil(wanted.count / 2);
	const least = { defective: half, sound: wanted.count - half };
	if (defective.length < least.defective || sound.length < least.sound)
		throw new AndonError('DATASET_INVALID', {
			expected: `${least.defective} defective and ${least.sound} sound parts that every model of the bundle judges rightly`,
			found: `${defective.length} defective, ${sound.length} sound`,
			fix: 'Give a larger dataset, or ask for fewer golden parts with --count.',
		});
	return [...byClasses(defective, least.defective), ...evenly(sound, least.sound, 'last')];
}

function isSure({ defective, scores }: Candidate, thresholds: Wanted['thresholds']): boolean {
	return Object.entries(thresholds).every(([precision, threshold]) => {
		const margin = PARITY_TOLERANCES[precision as Precision].maxScoreDifference;
		const score = scores[precision];
		return defective ? score >= threshold + margin : score < threshold - margin;
	});
}

function onePerGroup(candidates: readonly Candidate[]): Candidate[] {
	const first = new Map<string, Candidate>();
	for (const candidate of candidates) if (!first.has(candidate.group)) first.set(candidate.group, candidate);
	return [...first.values()];
}

/** A class with few parts gives what it has, the others make up for it. */
function byClasses(ranked: readonly Candidate[], count: number): Candidate[] {
	const classes = [...new Set(ranked.map((candidate) => candidate.class))].sort();
	const left = new Map(classes.map((name) => [name, ranked.filter((candidate) => candidate.class === name)]));
	const shares = new Map(classes.map((name) => [name, 0]));
	for (let given = 0; given < count; )
		for (const name of classes) {
			if (given === count || shares.get(name)! >= left.get(name)!.length) continue;
			shares.set(name, shares.get(name)! + 1);
			given++;
		}
	return classes.flatMap((name) => evenly(left.get(name)!, shares.get(name)!, 'first'));
}

/** `count` of a ranked list at even distances, both ends among them: the one nearest the threshold tells of a wrong one. */
function evenly<T>(ranked: readonly T[], count: number, nearest: 'first' | 'last'): T[] {
	if (count === 1) return [ranked.at(nearest === 'first' ? 0 : -1)!];
	return Array.from({ length: count }, (_, i) => ranked[Math.round((i * (ranked.length - 1)) / (count - 1))]);
}
