/** The options of the command line that choose an operating point; each method takes the ones that its schema names. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AndonError } from '../base/errors.ts';
import { OPERATING_POINTS, type PointMethod } from '../metrics/operating-points/index.ts';

export interface PointFlags {
	readonly method?: PointMethod;
	readonly recall?: number;
	readonly perClass?: boolean;
	readonly confidence?: number;
	readonly candidates?: number;
	readonly budget?: number;
	readonly minPrecision?: number;
	readonly defectRate?: number;
	readonly missCost?: number;
	readonly falseRejectCost?: number;
	readonly threshold?: number;
}

/** What is asked for when nothing is said. */
const DEFAULTS: Partial<Record<PointMethod, PointFlags>> = { 'guaranteed-recall': { recall: 0.99 } };

/** Flags that mean something beside the method: the audit and the what-if table use them too. */
const ALWAYS: readonly string[] = ['confidence', 'defectRate'];

export function withPointOptions(command: Command): Command {
	return command
		.addOption(
			new Option(
				'--method <name>',
				'how the threshold is chosen (default: guaranteed-recall, or fixed with --threshold)',
			).choices(Object.keys(OPERATING_POINTS)),
		)
		.option('--recall <share>', 'guaranteed-recall: share of defective parts that must be found (default: 0.99)', share)
		.option('--per-class', 'guaranteed-recall: of each defect class, on its own parts')
		.option('--confidence <share>', 'confidence of what is guaranteed (default: 0.95)', share)
		.option('--candidates <n>', 'models or thresholds tried on these very parts; they share the doubt', positive)
		.option('--budget <share>', 'max-recall: share of sound parts that may be rejected', share)
		.option('--min-precision <share>', 'fixed-precision: share of the rejects that must be defective', share)
		.option('--defect-rate <share>', 'share of defective parts on the line', share)
		.option('--miss-cost <cost>', 'cost-weighted: of a defective part that passes', cost)
		.option('--false-reject-cost <cost>', 'cost-weighted: of a sound part that is rejected', cost)
		.option('--threshold <score>', 'fixed: take this threshold; it promises no recall', share);
}

/** The method that the flags ask for, with its options. @throws USAGE when a flag belongs to another method */
export function pointOf(flags: PointFlags): { readonly method: PointMethod; readonly options: never } {
	const { method = flags.threshold === undefined ? 'guaranteed-recall' : 'fixed', ...others } = flags;
	const known = Object.keys(OPERATING_POINTS[method].optionsSchema.shape);
	const given = Object.entries(others).filter(([name, value]) => value !== undefined && FLAGS[name] !== undefined);
	const foreign = given.filter(([name]) => !known.includes(name) && !ALWAYS.includes(name));
	if (foreign.length > 0) throw unfit(method, foreign[0][0], known);
	const options = Object.fromEntries(given.filter(([name]) => known.includes(name)));
	return { method, options: { ...DEFAULTS[method], ...options } as never };
}

const FLAGS: Readonly<Record<string, string>> = {
	recall: '--recall',
	perClass: '--per-class',
	confidence: '--confidence',
	candidates: '--candidates',
	budget: '--budget',
	minPrecision: '--min-precision',
	defectRate: '--defect-rate',
	missCost: '--miss-cost',
	falseRejectCost: '--false-reject-cost',
	threshold: '--threshold',
};

function unfit(method: PointMethod, name: string, known: readonly string[]): AndonError {
	const takes = known.map((key) => FLAGS[key]).join(', ') || 'no options';
	return new AndonError('USAGE', {
		expected: `options of ${method}: ${takes}`,
		found: FLAGS[name],
		fix: 'Leave it out, or choose the method that it belongs to.',
	});
}

export function share(text: string): number {
	const value = Number(text);
	if (text.trim() !== '' && value >= 0 && value <= 1) return value;
	throw new InvalidArgumentError('expected a number from 0 to 1, such as 0.99.');
}

function positive(text: string): number {
	const value = Number(text);
	if (Number.isInteger(value) && value > 0) return value;
	throw new InvalidArgumentError('expected a whole number above 0.');
}

function cost(text: string): number {
	const value = Number(text);
	if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
	throw new InvalidArgumentError('expected a number of at least 0.');
}
