/** Operators that keep the shape of their first input and have no gradient rule. */
import type { Operator } from '../operator.ts';
import { sameAsFirst } from './shapes.ts';

const rule: Operator = { infer: sameAsFirst };

export const sameShapeOperators: Readonly<Record<string, Operator>> = {
	Celu: rule,
	Cos: rule,
	CumSum: rule,
	GroupNormalization: { ...rule, parameters: [1, 2] },
	Hardmax: rule,
	LRN: rule,
	LpNormalization: rule,
	MeanVarianceNormalization: rule,
	Selu: rule,
	Shrink: rule,
	Sin: rule,
	Softsign: rule,
	ThresholdedRelu: rule,
};
