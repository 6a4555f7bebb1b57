/** What an operating point promises, in sentences, for everyone who answers for it. */
import { type Guarantee, guaranteesOf, type OperatingPoint } from '../operating-point.ts';

/** Of points without a promise: how the threshold came about. */
const ORIGIN: Readonly<Record<OperatingPoint['method'], string>> = {
	'guaranteed-recall': 'chosen for a guaranteed recall',
	'max-recall': 'chosen for the most recall within a budget of false rejects',
	'fixed-precision': 'chosen for its precision on the calibration parts',
	'best-f1': 'chosen for the best F1 on the calibration parts',
	'cost-weighted': 'chosen for the lowest cost on the calibration parts',
	fixed: 'set by a person',
};

const WHILE = 'while camera, light and product stay the same';

/** Lines without a full stop. */
export function promiseOf(point: OperatingPoint): readonly string[] {
	const guarantees = guaranteesOf(point);
	const perClass = guarantees.filter(({ quantity }) => quantity === 'class-recall');
	const lines = guarantees
		.filter(({ quantity }) => quantity !== 'class-recall')
		.map((guarantee) => (guarantee.quantity === 'recall' ? recall(guarantee) : falseRejects(guarantee)));
	if (perClass.length > 0) lines.push(classRecall(perClass));
	if (lines.length === 0) return [`${ORIGIN[point.method]}: promises no recall`];
	return point.method === 'max-recall' ? [...lines, 'promises no recall'] : lines;
}

/** What is left open, in words; empty for points of before, which do not say. */
export function notPromised({ notGuaranteed = [] }: OperatingPoint): readonly string[] {
	return notGuaranteed.map((quantity) => OPEN[quantity]);
}

const OPEN = {
	recall: 'the recall',
	'class-recall': 'the recall of each defect class',
	'false-rejects': 'the false rejects, which are an estimate',
	precision: 'the share of the rejects that is defective',
} as const;

function recall({ bound, confidence, n, tolerated }: Guarantee): string {
	return (
		`finds at least ${percent(bound)} of defective parts, with ${percent(confidence)} confidence ` +
		`(from ${n} defective parts, ${misses(tolerated)} tolerated), while camera, light, product and defects stay the same`
	);
}

function classRecall(guarantees: readonly Guarantee[]): string {
	const { bound, confidence } = guarantees[0];
	const each = guarantees.map(({ class: name, n, tolerated }) => `${name}: ${n} parts, ${misses(tolerated)} tolerated`);
	return (
		`finds at least ${percent(bound)} of each defect class, with ${percent(confidence)} confidence for all of them ` +
		`together (${each.join('; ')}), in whatever mix they come, ${WHILE}`
	);
}

function falseRejects({ bound, confidence, n, tolerated }: Guarantee): string {
	const rejects = tolerated === 1 ? '1 reject' : `${tolerated} rejects`;
	return (
		`rejects at most ${percent(bound)} of sound parts, with ${percent(confidence)} confidence ` +
		`(from ${n} sound parts, ${rejects} tolerated), ${WHILE}`
	);
}

function misses(tolerated: number): string {
	return tolerated === 1 ? '1 miss' : `${tolerated} misses`;
}

/** A share as it is read: 95 %, 99.5 %. */
export function percent(share: number): string {
	return `${Number((share * 100).toPrecision(5))} %`;
}
