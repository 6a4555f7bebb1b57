/** The verdict on a part and why: the threshold first, then the rules; unless it was allowed, rules only make it stricter. */
import type { Verdict } from '../inspection.ts';
import type { MeasuredDefects } from './measure-defects.ts';
import type { Policy } from './policy.ts';
import { holds } from './severity/holds.ts';
import type { Rule } from './severity/rule.ts';
import { sayDefect, sayDefects, sayScores } from './words.ts';

/** Scores in [threshold − below, threshold + above) go to a person. */
export interface HoldBand {
	readonly below: number;
	readonly above: number;
}

export interface ScoreRules {
	readonly threshold: number;
	readonly holdBand?: HoldBand;
}

export interface Judgement {
	readonly verdict: Exclude<Verdict, 'not-inspected'>;
	readonly why: string;
	/** The severity rule that made the verdict what it is, as written. */
	readonly rule?: string;
}

const STRICTNESS = { ok: 0, review: 1, defect: 2 } as const;

/** The strictest of what threshold and rules say; `ok if …` takes back only what the threshold says. */
export function judge(score: number, found: MeasuredDefects, rules: ScoreRules, policy: Policy): Judgement {
	const byScore = judgeScore(score, rules);
	const relaxed = policy.promiseVoid === undefined ? undefined : relax(byScore, score, found, policy);
	const start = relaxed ?? byScore;
	const stricter = policy.rules
		.filter(({ verdict }) => STRICTNESS[verdict] > STRICTNESS[start.verdict])
		.sort((a, b) => STRICTNESS[b.verdict] - STRICTNESS[a.verdict])
		.map((rule) => judgeByRule(rule, score, found))
		.find((judgement) => judgement !== undefined);
	if (stricter) return stricter;
	return start.verdict === 'ok' && policy.rules.length > 0 && found.unmeasured > 0 ? tooMany(found) : start;
}

/** A part is flagged when its score reaches the threshold, exactly as the threshold was certified. */
export function judgeScore(score: number, { threshold, holdBand }: ScoreRules): Judgement {
	const [said, limit] = sayScores(score, threshold);
	if (holdBand && score >= threshold - holdBand.below && score < threshold + holdBand.above) {
		const from = Math.max(0, threshold - holdBand.below).toFixed(3);
		const to = Math.min(1, threshold + holdBand.above).toFixed(3);
		return {
			verdict: 'review',
			why: `Score ${said} is in the hold band (${from} to ${to}) around the threshold ${limit}: a person decides.`,
		};
	}
	return score >= threshold
		? { verdict: 'defect', why: `Score ${said} reaches the threshold ${limit}.` }
		: { verdict: 'ok', why: `Score ${said} is below the threshold ${limit}.` };
}

function judgeByRule(rule: Rule, score: number, found: MeasuredDefects): Judgement | undefined {
	const held = holds(rule, { score, defects: found.defects });
	if (!held) return undefined;
	const what = held.defect ? sayDefect(held.defect) : `${sayDefects(found.defects)}, score ${score.toFixed(3)}`;
	// What was found comes first: it is short, and a rule may be long.
	const why = `${what[0].toUpperCase()}${what.slice(1)}: rule "${rule.text}".`;
	return { verdict: rule.verdict, why, rule: rule.text };
}

/** Not while regions are unmeasured: then it is not known what every defect is like. */
function relax(byScore: Judgement, score: number, found: MeasuredDefects, policy: Policy): Judgement | undefined {
	if (byScore.verdict === 'ok' || found.unmeasured > 0) return undefined;
	for (const rule of policy.rules) {
		const passed = rule.verdict === 'ok' && judgeByRule(rule, score, found);
		if (passed) return { ...passed, why: `${passed.why} It overrides: ${byScore.why}` };
	}
	if (found.defects.length > 0 || found.small === 0) return undefined;
	const all = found.small === 1 ? 'The one place found is' : `All ${found.small} places found are`;
	return { verdict: 'ok', why: `${all} below the minimum size. It overrides: ${byScore.why}` };
}

function tooMany({ defects, small, unmeasured }: MeasuredDefects): Judgement {
	const measured = defects.length + small;
	return {
		verdict: 'review',
		why: `The mask has ${measured + unmeasured} places; the rules saw only the ${measured} largest: a person decides.`,
	};
}
