/** What a candidate would have decided over a part whose decision is sent: same pixels, its own model and rules. */
import { monotonicMs } from '../../base/clock.ts';
import type { Shot } from '../cameras/camera.ts';
import { type InspectedShot, type InspectionRules, inspectShot } from './inspect-shot.ts';
import type { LoadedRecipe } from './loaded-recipe.ts';
import type { Compared, ShadowVerdict } from './messages.ts';

/** @returns undefined for a part that the recipe in force could not inspect: there is nothing to compare */
export async function scoreShadow(
	shot: Shot,
	{ result, seen }: InspectedShot,
	{ model }: LoadedRecipe,
	rules: InspectionRules,
): Promise<Compared | undefined> {
	if (!seen || !result.outcome.inspected) return undefined;
	const again = { ...shot, monotonicMs: monotonicMs(), read: async () => ({ pixels: seen.frame }) };
	const candidate = await inspectShot(again, model, rules);
	return { incumbent: verdictOf(result), candidate: verdictOf(candidate.result) };
}

function verdictOf({ outcome, operatingPoint, times }: InspectedShot['result']): ShadowVerdict {
	const { threshold } = operatingPoint;
	const ms = times.inferenceMs;
	if (!outcome.inspected) return { verdict: 'not-inspected', threshold, ms, reason: outcome.reason };
	return { verdict: outcome.verdict, threshold, ms, score: outcome.score };
}
