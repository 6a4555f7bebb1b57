/** What becomes of the operating point's promise when rules may pass parts that its threshold flags. */
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { DecisionConfig } from './decision-schema.ts';

/** Why no recall is promised; undefined when rules can only make verdicts stricter, which costs no recall. */
export function whyPromiseIsVoid(config: DecisionConfig | undefined): string | undefined {
	if (!config?.allowRelaxing) return undefined;
	const passing = config.severity.filter((text) => /^\s*ok\s/i.test(text)).map((text) => `rule "${text.trim()}"`);
	if (config.minimumSize) passing.push('minimum size of defects');
	if (passing.length === 0) return undefined;
	return `The ${passing.join(' and the ')} may pass parts that the threshold flags (decision.allowRelaxing).`;
}

/** The operating point as it may be shown: its threshold alone while there is a reason why its promise is void. */
export function shownPoint(point: OperatingPoint, promiseVoid: readonly string[]): OperatingPoint {
	if (promiseVoid.length === 0) return point;
	const { threshold, precision } = point;
	return { threshold, method: 'fixed', precision };
}
