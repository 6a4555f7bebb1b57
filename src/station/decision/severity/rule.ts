/** What a severity rule is once it was read: the verdict it gives, and when. */

export type RuleVerdict = 'ok' | 'review' | 'defect';

export type Operator = '>' | '>=' | '<' | '<=' | '=' | '!=';

/** An area in px² or mm², a length in px or mm. */
export type Unit = 'px' | 'mm';

interface Comparison {
	readonly operator: Operator;
	readonly value: number;
	/** Of areas and lengths. */
	readonly unit?: Unit;
	/** Where the unit stands in the rule, or the field where there is none; counted from 0. */
	readonly position: number;
}

/** As written, and where: it is compared with the bundle's classes once there is a bundle. */
export interface ClassName {
	readonly text: string;
	readonly position: number;
}

export type Condition =
	| { readonly kind: 'and' | 'or'; readonly terms: readonly Condition[] }
	/** Of one defect. */
	| ({ readonly kind: 'defect'; readonly field: 'area' | 'length' | 'peak' | 'mean' } & Comparison)
	| { readonly kind: 'class'; readonly is: boolean; readonly name: ClassName }
	/** Of the part; counts and areas of one class only if it says `of`. */
	| ({
			readonly kind: 'part';
			readonly field: 'score' | 'count' | 'total area';
			readonly of?: ClassName;
	  } & Comparison);

export interface Rule {
	readonly text: string;
	readonly verdict: RuleVerdict;
	readonly condition: Condition;
}

/** Every condition that is no combination of others. */
export function leavesOf(condition: Condition): Exclude<Condition, { kind: 'and' | 'or' }>[] {
	return 'terms' in condition ? condition.terms.flatMap(leavesOf) : [condition];
}
