/** Why a part's score is what it is, in words. */
import type { PartScoreChoice } from '../metrics/part-score/choose-part-score.ts';

/** Such as `peak; AP on 80 val images of 33 parts: agreement 0.881, head 0.860, peak 0.902, …`. */
export function partScoreInWords({ kind, learned, candidates, parts, images }: PartScoreChoice): string {
	const weights = Object.entries(learned?.weights ?? {}).map(([name, weight]) => `${name} ${weight.toFixed(2)}`);
	const aps = candidates.map(({ kind: name, ap }) => `${name} ${ap.toFixed(3)}`);
	const how = learned ? ` (logistic regression, ${weights.length + 1} parameters: ${weights.join(', ')})` : '';
	return `${kind}${how}; AP on ${images} val images of ${parts} parts: ${aps.join(', ')}`;
}
