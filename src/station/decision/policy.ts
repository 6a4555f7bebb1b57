/** The `decision:` section fitted to a bundle: what `decide` goes by, with every class and unit known to exist. */
import { AndonError } from '../../base/errors.ts';
import type { Manifest } from '../../bundle/manifest.ts';
import { type DecisionConfig, decisionSchema, needsScale } from './decision-schema.ts';
import { whyPromiseIsVoid } from './promise.ts';
import { parseAmount, parseRule } from './severity/parse-rule.ts';
import { type Condition, leavesOf, type Rule, type Unit } from './severity/rule.ts';

/** Millimetres a pixel, along x and y. */
export interface MmPerPixel {
	readonly x: number;
	readonly y: number;
}

export interface MinimumSize {
	readonly area?: { readonly value: number; readonly unit: Unit };
	readonly length?: { readonly value: number; readonly unit: Unit };
}

export interface Policy {
	/** Of the camera's image, before it is fitted to the model. */
	readonly mmPerPixel?: MmPerPixel;
	/** The bundle's defect classes in the order of the model's; empty when the model tells none apart. */
	readonly classes: readonly string[];
	/** @param name of the region's class, if it has one */
	minimumSizeOf(name: string | undefined): MinimumSize | undefined;
	readonly rules: readonly Rule[];
	/** Why no recall is promised; there when a part that the threshold flags may be passed. */
	readonly promiseVoid?: string;
}

/** What a policy needs to know of a bundle. */
export interface Judged {
	readonly outputs: Manifest['outputs'];
	readonly classes: readonly string[];
}

const DEFAULT = 'default';

/**
 * @param config none: verdicts by the threshold alone
 * @throws CONFIG_INVALID when a rule or size speaks of what this bundle or station cannot tell
 */
export function policyOf(bundle: Judged, config: DecisionConfig = decisionSchema.parse({})): Policy {
	const classes = bundle.outputs.labels || bundle.outputs.classScores ? bundle.classes : [];
	const { mmPerPixel, minimumSize = {} } = config;
	if (needsScale(config) && mmPerPixel === undefined)
		throw invalid('a scale for sizes in mm', 'no mmPerPixel', 'Set `decision.mmPerPixel`, or give sizes in px.');
	expectMask(bundle, config);
	const minima = new Map(
		Object.entries(minimumSize).map(([name, size]) => [
			name === DEFAULT ? DEFAULT : classNamed(classes, name, 'decision.minimumSize'),
			readSize(size),
		]),
	);
	const rules = config.severity.map((text) => fitRule(parseRule(text), classes));
	const promiseVoid = whyPromiseIsVoid(config);
	return {
		...(mmPerPixel === undefined ? {} : { mmPerPixel: bothAxes(mmPerPixel) }),
		classes,
		minimumSizeOf: (name) => minima.get(name ?? DEFAULT) ?? minima.get(DEFAULT),
		rules,
		...(promiseVoid === undefined ? {} : { promiseVoid }),
	};
}

function bothAxes(scale: number | MmPerPixel): MmPerPixel {
	return typeof scale === 'number' ? { x: scale, y: scale } : scale;
}

function readSize({ area, length }: { readonly area?: string; readonly length?: string }): MinimumSize {
	return {
		...(area === undefined ? {} : { area: parseAmount(area, 'area') }),
		...(length === undefined ? {} : { length: parseAmount(length, 'length') }),
	};
}

/** Without a mask there are no defects: a rule about them would never hold, and nobody would notice. */
function expectMask({ outputs }: Judged, { severity, minimumSize }: DecisionConfig): void {
	if (outputs.mask) return;
	const aboutDefects = severity.filter((text) => leavesOf(parseRule(text).condition).some((leaf) => !isScore(leaf)));
	if (aboutDefects.length === 0 && minimumSize === undefined) return;
	throw invalid(
		'a bundle whose model marks defects, for minimum sizes and rules about them',
		'a model that only scores parts',
		'Remove those sizes and rules, or use a bundle of a segmenting network.',
	);
}

function isScore(leaf: Condition): boolean {
	return leaf.kind === 'part' && leaf.field === 'score';
}

/** The rule with its classes as the bundle spells them. */
function fitRule(rule: Rule, classes: readonly string[]): Rule {
	const named = (name: { readonly text: string; readonly position: number }) => ({
		...name,
		text: classNamed(classes, name.text, `the rule "${rule.text}"`, name.position),
	});
	const fit = (condition: Condition): Condition => {
		switch (condition.kind) {
			case 'and':
			case 'or':
				return { ...condition, terms: condition.terms.map(fit) };
			case 'class':
				return { ...condition, name: named(condition.name) };
			case 'part':
				return condition.of ? { ...condition, of: named(condition.of) } : condition;
			default:
				return condition;
		}
	};
	return { ...rule, condition: fit(rule.condition) };
}

/** As the bundle spells it; a rule may write it in other case. */
function classNamed(classes: readonly string[], name: string, where: string, position?: number): string {
	const known = classes.find((candidate) => candidate === name) ?? only(classes, name);
	if (known !== undefined) return known;
	const expected = classes.length === 0 ? 'no class: this bundle tells none apart' : `one of ${classes.join(', ')}`;
	const at = position === undefined ? '' : ` at character ${position + 1}`;
	throw invalid(
		`${expected}`,
		`"${name}" in ${where}${at}`,
		'Correct the name, or use a bundle that knows this class.',
	);
}

function only(classes: readonly string[], name: string): string | undefined {
	const alike = classes.filter((candidate) => candidate.toLowerCase() === name.toLowerCase());
	return alike.length === 1 ? alike[0] : undefined;
}

function invalid(expected: string, found: string, fix: string): AndonError {
	return new AndonError('CONFIG_INVALID', { expected, found, fix });
}
