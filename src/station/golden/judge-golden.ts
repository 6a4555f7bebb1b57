/** From what the inspector said of the golden parts to passed or failed, and why, in a technician's words. */
import type { GoldenPart } from '../../bundle/golden.ts';
import type { GoldenRequirements } from './golden-options.ts';
import type { GoldenJudgement, GoldenMode, GoldenOutcome, GoldenPartResult } from './golden-run.ts';

export type ReferencePart = Pick<GoldenPart, 'id' | 'class' | 'defective' | 'enrolled'>;

export interface GoldenContext {
	readonly mode: GoldenMode;
	readonly precision: string;
	/** In force at enrolment and now. */
	readonly enrolledThreshold?: number;
	readonly threshold: number;
	readonly requirements: GoldenRequirements;
	/** Said first among the hints where another bundle runs than the parts were enrolled with. */
	readonly otherBundle?: string;
}

const WORST = 5;

/** @param outcomes in any order, at most one per part; a part without one counts as not inspected */
export function judgeGolden(
	references: readonly ReferencePart[],
	outcomes: readonly GoldenOutcome[],
	context: GoldenContext,
): GoldenJudgement {
	const parts = references.map((part) => resultOf(part, outcomes, context.precision));
	const inspected = parts.filter(({ verdict }) => verdict !== 'not-inspected');
	const defective = inspected.filter((part) => part.defective);
	const sound = inspected.filter((part) => !part.defective);
	const missed = defective.filter(({ verdict }) => verdict === 'ok');
	const facts = {
		n: { defective: defective.length, sound: sound.length },
		...(defective.length > 0 ? { recall: 1 - missed.length / defective.length } : {}),
		missed: missed.map(({ part }) => part),
		falseRejects: {
			n: sound.length,
			count: sound.filter(({ verdict }) => verdict === 'defect').length,
			atEnrolment: sound.filter((part) => wasRejected(part, context.enrolledThreshold)).length,
		},
		held: sound.filter(({ verdict }) => verdict === 'review').length,
		measuredIou: iouOf(defective),
		look: lookOf(inspected),
		scoreShift: shiftOf(inspected),
		parts,
	};
	const why = complaints(facts, context);
	return { passed: why.length === 0, why, hints: why.length === 0 ? [] : hintsOf(facts, context), ...facts };
}

type Facts = Omit<GoldenJudgement, 'passed' | 'why' | 'hints'>;

function resultOf(
	{ id, class: name, defective, enrolled }: ReferencePart,
	outcomes: readonly GoldenOutcome[],
	precision: string,
): GoldenPartResult {
	const outcome = outcomes.find(({ part }) => part === id) ?? notInspected(id);
	const before = enrolled[precision];
	return {
		...outcome,
		class: name,
		defective,
		...(before ? { enrolledScore: before.score } : {}),
		...(before?.iou === undefined ? {} : { enrolledIou: before.iou }),
		...(before && outcome.score !== undefined && !outcome.gated ? { shift: outcome.score - before.score } : {}),
	};
}

function notInspected(part: string): GoldenOutcome {
	return { part, verdict: 'not-inspected', reason: 'it was not inspected in this run' };
}

function wasRejected({ enrolledScore }: GoldenPartResult, threshold: number | undefined): boolean {
	return enrolledScore !== undefined && threshold !== undefined && enrolledScore >= threshold;
}

/** Only parts that have both, so that the two means are of the same parts. */
function iouOf(defective: readonly GoldenPartResult[]): GoldenJudgement['measuredIou'] {
	const known = defective.filter((part) => part.measuredIou !== undefined && part.enrolledIou !== undefined);
	if (known.length === 0) return { n: 0 };
	return {
		n: known.length,
		mean: meanOf(known.map((part) => part.measuredIou!)),
		enrolled: meanOf(known.map((part) => part.enrolledIou!)),
	};
}

function lookOf(inspected: readonly GoldenPartResult[]): GoldenJudgement['look'] {
	const looks = inspected.flatMap(({ look }) => look ?? []);
	if (looks.length === 0) return { n: 0 };
	return {
		n: looks.length,
		sharpness: meanOf(looks.map(({ sharpness }) => sharpness)),
		brightness: meanOf(looks.map(({ brightness }) => brightness)),
	};
}

function shiftOf(inspected: readonly GoldenPartResult[]): GoldenJudgement['scoreShift'] {
	const moved = inspected
		.filter(({ shift }) => shift !== undefined)
		.sort((a, b) => Math.abs(b.shift!) - Math.abs(a.shift!));
	if (moved.length === 0) return { n: 0, worst: [] };
	return {
		n: moved.length,
		meanAbsolute: meanOf(moved.map(({ shift }) => Math.abs(shift!))),
		largest: moved[0].shift,
		worst: moved.slice(0, WORST),
	};
}

function complaints(facts: Facts, context: GoldenContext): string[] {
	return [
		...uninspected(facts),
		...unenrolled(facts, context),
		...misses(facts, context),
		...falseRejects(facts, context),
		...shifts(facts, context),
		...iouDrop(facts, context),
		...looks(facts, context),
	];
}

function uninspected({ parts }: Facts): string[] {
	const lost = parts.filter(({ verdict }) => verdict === 'not-inspected');
	if (lost.length === 0) return [];
	return [`${lost.length} of ${plural(parts.length, 'golden part')} could not be inspected: ${lost[0].reason}`];
}

function unenrolled({ parts }: Facts, { precision }: GoldenContext): string[] {
	const strange = parts.filter(({ enrolledScore }) => enrolledScore === undefined).length;
	if (strange === 0) return [];
	return [
		`${plural(strange, 'golden part')} had no ${precision} score at enrolment, so no shift can be judged: enrol them again`,
	];
}

function misses({ parts, missed, n }: Facts, { requirements }: GoldenContext): string[] {
	if (missed.length <= requirements.missedDefects) return [];
	return [
		`${missed.length} of ${plural(n.defective, 'defective golden part')} would have passed: ` +
			list(parts.filter(({ part }) => missed.includes(part))),
	];
}

function falseRejects({ parts, falseRejects: { n, count, atEnrolment } }: Facts, { requirements }: GoldenContext) {
	if (count <= atEnrolment + requirements.extraFalseRejects) return [];
	const rejected = parts.filter(({ defective, verdict }) => !defective && verdict === 'defect');
	return [
		`${count} of ${plural(n, 'sound golden part')} would have been rejected (${atEnrolment} at enrolment): ${list(rejected)}`,
	];
}

function shifts({ scoreShift }: Facts, { mode, requirements }: GoldenContext): string[] {
	const allowed = requirements[mode];
	const { meanAbsolute = 0, largest = 0, n, worst } = scoreShift;
	return [
		...(meanAbsolute > allowed.meanScoreShift
			? [
					`scores moved by ${digits(meanAbsolute)} on average over ${plural(n, 'part')}; ${allowed.meanScoreShift} is allowed`,
				]
			: []),
		...(Math.abs(largest) > allowed.largestScoreShift
			? [`the score of one part moved by more than ${allowed.largestScoreShift}: ${list(worst.slice(0, 1))}`]
			: []),
	];
}

/** Of presented parts the place in the picture differs from that of the mask, so theirs is told but not judged. */
function iouDrop({ measuredIou: { n, mean, enrolled } }: Facts, { mode, requirements }: GoldenContext): string[] {
	if (mode !== 'injected' || mean === undefined || enrolled === undefined) return [];
	const allowed = requirements.injected.iouDrop;
	if (enrolled - mean <= allowed) return [];
	return [
		`defects are outlined worse: measured IoU fell from ${digits(enrolled)} to ${digits(mean)} over ${plural(n, 'part')}; a drop of ${allowed} is allowed`,
	];
}

/** The same parts in new pictures: what differs is camera, lens and light. */
function looks({ look: { n, sharpness = 0, brightness = 1 } }: Facts, { requirements }: GoldenContext): string[] {
	const { sharpnessDrop, brightnessChange } = requirements.presented;
	const change = `${(100 * Math.abs(brightness - 1)).toFixed(0)} % ${brightness < 1 ? 'darker' : 'brighter'}`;
	return [
		...(-sharpness > sharpnessDrop
			? [
					`the pictures are blurred: sharpness fell by ${digits(-sharpness)} on average over ${plural(n, 'part')}; ${sharpnessDrop} is allowed`,
				]
			: []),
		...(Math.abs(brightness - 1) > brightnessChange
			? [
					`the pictures are ${change} than at enrolment over ${plural(n, 'part')}; ${brightnessChange * 100} % is allowed`,
				]
			: []),
	];
}

function hintsOf(facts: Facts, context: GoldenContext): string[] {
	const { mode, threshold, enrolledThreshold, otherBundle, requirements } = context;
	const { scoreShift } = facts;
	const still =
		(scoreShift.meanAbsolute ?? 0) <= requirements[mode].meanScoreShift && looks(facts, context).length === 0;
	return [
		...(otherBundle ? [otherBundle] : []),
		...(enrolledThreshold !== undefined && enrolledThreshold !== threshold
			? [
					`The threshold is ${digits(threshold)}; at enrolment it was ${digits(enrolledThreshold)}.` +
						(still ? ' The scores are as they were: check the threshold first.' : ''),
				]
			: []),
		...(still
			? []
			: mode === 'presented'
				? ['Check focus, lens, light and the place of the part, then present the parts again.']
				: [
						'The same images score differently: check bundle, precision and provider; `andon bundle verify` tells more.',
					]),
	];
}

function list(parts: readonly GoldenPartResult[]): string {
	const named = parts
		.slice(0, 3)
		.map(
			({ part, class: name, score, enrolledScore }) =>
				`${part} (${name}) scores ${digits(score)}` +
				(enrolledScore === undefined ? '' : `, ${digits(enrolledScore)} at enrolment`),
		);
	return [...named, ...(parts.length > 3 ? [`and ${parts.length - 3} more`] : [])].join('; ');
}

function meanOf(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function digits(value: number | undefined): string {
	return value === undefined ? 'nothing' : value.toFixed(3);
}

function plural(n: number, noun: string): string {
	return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
