/** Whether a rule holds for a part, and which defect made it hold. */
import type { Defect } from '../../inspection.ts';
import type { Condition, Operator, Rule } from './rule.ts';

/** What rules are about; units that a condition asks for are there, because rules were checked against the scale. */
export interface JudgedPart {
	readonly score: number;
	readonly defects: readonly Defect[];
}

/**
 * A rule for `defect` or `review` holds when one defect meets all of it; one for `ok` only when every defect does, since
 * it passes the whole part. What is said of a single defect is met by none where there is none.
 *
 * @returns undefined when it does not hold; `defect` when it was a single one that made it hold
 */
export function holds(rule: Rule, part: JudgedPart): { readonly defect?: Defect } | undefined {
	const meets = (defect?: Defect) => isMet(rule.condition, part, defect);
	if (part.defects.length === 0 || rule.verdict === 'ok')
		return (part.defects.length === 0 ? meets() : part.defects.every(meets)) ? {} : undefined;
	if (meets()) return {};
	const defect = part.defects.find(meets);
	return defect && { defect };
}

function isMet(condition: Condition, part: JudgedPart, defect: Defect | undefined): boolean {
	switch (condition.kind) {
		case 'and':
			return condition.terms.every((term) => isMet(term, part, defect));
		case 'or':
			return condition.terms.some((term) => isMet(term, part, defect));
		case 'class':
			return defect !== undefined && (defect.class === condition.name.text) === condition.is;
		case 'defect':
			return defect !== undefined && compare(ofDefect(condition, defect), condition);
		case 'part':
			return compare(ofPart(condition, part), condition);
	}
}

function ofDefect({ field, unit }: Extract<Condition, { kind: 'defect' }>, defect: Defect): number {
	switch (field) {
		case 'area':
			return areaOf(defect, unit);
		case 'length':
			return unit === 'mm' ? known(defect.lengthMm) : defect.lengthPx;
		default:
			return defect[field];
	}
}

function ofPart({ field, of, unit }: Extract<Condition, { kind: 'part' }>, { score, defects }: JudgedPart): number {
	if (field === 'score') return score;
	const counted = of ? defects.filter((defect) => defect.class === of.text) : defects;
	if (field === 'count') return counted.length;
	return counted.reduce((sum, defect) => sum + areaOf(defect, unit), 0);
}

function areaOf(defect: Defect, unit: 'px' | 'mm' | undefined): number {
	return unit === 'mm' ? known(defect.areaMm2) : defect.areaPx;
}

function known(value: number | undefined): number {
	if (value === undefined) throw new TypeError('a rule in mm without a scale');
	return value;
}

function compare(found: number, { operator, value }: { readonly operator: Operator; readonly value: number }): boolean {
	switch (operator) {
		case '>':
			return found > value;
		case '>=':
			return found >= value;
		case '<':
			return found < value;
		case '<=':
			return found <= value;
		case '=':
			return found === value;
		case '!=':
			return found !== value;
	}
}
