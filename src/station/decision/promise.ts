/** What becomes of the operating point's promise when rules overrule its threshold. */
import { isSameView, sayView, type View } from '../../imaging/view/view.ts';
import { guaranteesOf, type OperatingPoint } from '../../metrics/operating-point.ts';
import type { DecisionConfig } from './decision-schema.ts';

/** Why no recall is promised; undefined when rules can only make verdicts stricter, which costs no recall. */
export function whyPromiseIsVoid(config: DecisionConfig | undefined): string | undefined {
	if (!config?.allowRelaxing) return undefined;
	const passing = config.severity.filter((text) => /^\s*ok\s/i.test(text)).map((text) => `rule "${text.trim()}"`);
	if (config.minimumSize) passing.push('minimum size of defects');
	if (passing.length === 0) return undefined;
	return `The ${passing.join(' and the ')} may pass parts that the threshold flags (decision.allowRelaxing).`;
}

/**
 * Why nothing is promised of this point under these rules; none when they leave what it promises as it is.
 *
 * @param views through which parts are looked at, one of each camera
 */
export function promiseVoidOf(
	config: DecisionConfig | undefined,
	point: OperatingPoint,
	views: readonly (View | undefined)[] = [],
): readonly string[] {
	const rules = [whyPromiseIsVoid(config), whyBudgetIsVoid(config, point)];
	return [...rules, whyViewIsVoid(point, views)].filter((why) => why !== undefined);
}

/** Scores of other pixels, or of pixels at another size, are other scores. */
function whyViewIsVoid(point: OperatingPoint, views: readonly (View | undefined)[]): string | undefined {
	const certified = point.view as View | undefined;
	const other = views.filter((view) => !isSameView(view, certified));
	if (guaranteesOf(point).length === 0 || other.length === 0) return undefined;
	return (
		`The threshold was certified on parts seen as ${sayView(certified)}; here they are seen as ${sayView(other[0])}. ` +
		'Certify it as they are seen here with `andon tune <bundle> <dataset> --view <file> --write`.'
	);
}

/** A promise of few false rejects was made for the threshold alone; rules for `review` hold parts, they reject none. */
function whyBudgetIsVoid(config: DecisionConfig | undefined, point: OperatingPoint): string | undefined {
	if (!guaranteesOf(point).some(({ quantity }) => quantity === 'false-rejects')) return undefined;
	const rejecting = (config?.severity ?? []).filter((text) => /^\s*defect\s/i.test(text));
	if (rejecting.length === 0) return undefined;
	const rules = rejecting.map((text) => `rule "${text.trim()}"`).join(' and the ');
	return `The ${rules} may reject sound parts that the threshold passes.`;
}

/** The operating point as it may be shown: its threshold alone while there is a reason why its promise is void. */
export function shownPoint(point: OperatingPoint, promiseVoid: readonly string[]): OperatingPoint {
	if (promiseVoid.length === 0) return point;
	const { threshold, precision } = point;
	return { threshold, method: 'fixed', precision };
}
