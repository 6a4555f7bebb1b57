/** Whether promised recalls are kept: many simulated calibrations, each threshold held against the known truth. */
import { Random } from '../../base/random.ts';
import { LINES, type LineName } from './lines.ts';
import {
	budgetTrial,
	candidatesTrial,
	classTrial,
	guaranteeTrial,
	recallTrial,
	type Setting,
	type Trial,
} from './trials.ts';

export interface GuaranteeCase extends Setting {
	readonly name: string;
	readonly method: string;
	readonly distribution: string;
	readonly runs: number;
	/** Share of the runs in which the truth broke the promise. */
	readonly violations: number;
	/** δ and what chance adds to it: δ + 3 √(δ (1 − δ) / runs). */
	readonly tolerance: number;
	readonly holds: boolean;
	/** Whether Andon promises it; the others are here to be seen breaking. */
	readonly promised: boolean;
}

interface Scenario extends Setting {
	readonly distribution: string;
	readonly trial: Trial;
	/** What each of the trial's answers is about. */
	readonly promises: readonly { readonly method: string; readonly promised: boolean; readonly delta?: number }[];
}

export interface GuaranteeOptions {
	readonly runs: number;
	readonly seed: number;
	readonly onProgress?: (done: number, total: number, name: string) => void;
}

/** Every case has a random sequence of its own, so that a seed gives the same figures whatever else is run. */
export function benchGuarantee({ runs, seed, onProgress }: GuaranteeOptions): GuaranteeCase[] {
	const all = scenarios();
	return all.flatMap((scenario, i) => {
		const counts = simulate(scenario.trial, runs, new Random(seed, i));
		onProgress?.(i + 1, all.length, scenario.distribution);
		return scenario.promises.map(({ method, promised, delta = scenario.delta }, j) => {
			const { r, n, distribution } = scenario;
			const violations = counts[j] / runs;
			const tolerance = delta + 3 * Math.sqrt((delta * (1 - delta)) / runs);
			const name = `${method}, ${distribution}, r = ${r}, delta = ${delta}, n = ${n}`;
			return {
				name,
				method,
				distribution,
				r,
				delta,
				n,
				runs,
				violations,
				tolerance,
				holds: violations <= tolerance,
				promised,
			};
		});
	});
}

function simulate(trial: Trial, runs: number, random: Random): number[] {
	const counts: number[] = [];
	for (let run = 0; run < runs; run++)
		trial(random).forEach((broken, i) => {
			counts[i] = (counts[i] ?? 0) + Number(broken);
		});
	return counts;
}

/** Exactly as many parts as one miss takes, or none; and odd numbers between. */
const SMALL: readonly Setting[] = [
	{ r: 0.9, delta: 0.05, n: 46 },
	{ r: 0.95, delta: 0.05, n: 59 },
	{ r: 0.95, delta: 0.05, n: 110 },
	{ r: 0.8, delta: 0.2, n: 40 },
];

const LARGE: readonly Setting[] = [
	{ r: 0.9, delta: 0.01, n: 250 },
	{ r: 0.98, delta: 0.05, n: 386 },
	{ r: 0.99, delta: 0.1, n: 500 },
];

const BUDGETS: readonly Setting[] = [
	{ r: 0.95, delta: 0.05, n: 110 },
	{ r: 0.99, delta: 0.1, n: 300 },
];

const SOUND_PARTS = 100;
const CANDIDATES = 5;

function scenarios(): Scenario[] {
	const names = Object.keys(LINES) as LineName[];
	const each = (settings: readonly Setting[], make: (name: LineName, setting: Setting) => Scenario) =>
		settings.flatMap((setting) => names.map((name) => make(name, setting)));
	return [
		...each(SMALL, (name, setting) => ({
			...setting,
			distribution: name,
			trial: recallTrial(LINES[name](setting.r), setting, SOUND_PARTS),
			promises: [
				{ method: 'guaranteed-recall', promised: true },
				{ method: 'best-f1', promised: false },
				{ method: 'interval of false rejects, guaranteed-recall', promised: true, delta: 0.05 },
				{ method: 'interval of false rejects, best-f1', promised: true, delta: 0.05 },
			],
		})),
		...each(LARGE, (name, setting) => ({
			...setting,
			distribution: name,
			trial: guaranteeTrial(LINES[name](setting.r), setting),
			promises: [{ method: 'guaranteed-recall', promised: true }],
		})),
		...each(BUDGETS, (name, setting) => ({
			...setting,
			distribution: name,
			trial: budgetTrial(LINES[name](setting.r), setting),
			promises: [{ method: 'max-recall', promised: true }],
		})),
		...[perClass(['uniform', 'sigmoid', 'skewed']), perClass(['half-tied', 'five-valued', 'blind-spot'])],
		...(['uniform', 'half-tied'] as const).map(candidates),
	];
}

function perClass(names: readonly LineName[]): Scenario {
	const setting = { r: 0.9, delta: 0.05, n: 60 };
	const classes = names.map((name) => LINES[name](setting.r).defective);
	return {
		...setting,
		distribution: names.join(' + '),
		trial: classTrial(classes, setting),
		promises: [{ method: 'guaranteed-recall per class', promised: true }],
	};
}

function candidates(name: LineName): Scenario {
	const setting = { r: 0.9, delta: 0.05, n: 76 };
	return {
		...setting,
		distribution: name,
		trial: candidatesTrial(LINES[name](setting.r), setting, CANDIDATES),
		promises: [
			{ method: `guaranteed-recall of ${CANDIDATES} candidates`, promised: true },
			{ method: `guaranteed-recall of ${CANDIDATES} candidates, delta not split`, promised: false },
		],
	};
}
