/** Looks for the best quantized model: ranges first, then one repair after another, each kept when it helps. */
import type { Graph } from '../graph/graph.ts';
import type { RangeMethod } from './ranges/index.ts';
import { REPAIRS } from './repair/index.ts';
import { REPAIR_NAMES, type RepairName } from './repair/names.ts';
import { type Bench, build, type Recipe, type Repair } from './repair/repair.ts';
import type { Built } from './scheme.ts';

/** `on`: tried whatever it costs; `auto`: tried when it is cheap, or when the score is not good enough yet. */
export type RepairSwitch = 'on' | 'auto' | 'off';

/** The repair that needs a training, and so comes from outside. */
export const FINE_TUNING = 'fine-tuning';

export interface RangeCandidate {
	readonly how: RangeMethod;
	readonly score: number;
}

export interface RepairTrial {
	readonly repair: RepairName | typeof FINE_TUNING;
	/** `nothing`: there was nothing to repair; `not needed`: too expensive for a score that is good enough. */
	readonly outcome: 'kept' | 'dropped' | 'nothing' | 'not needed' | 'off';
	/** Of the model with this repair and those kept before; null when it was not tried. */
	readonly score: number | null;
	/** What it adds to the score of the model before. */
	readonly gain: number | null;
	/** What was done, or why not. */
	readonly detail: string;
}

/** A recipe, what it makes and how good that is. */
export interface Tried {
	readonly recipe: Recipe;
	readonly built: Built;
	readonly score: number;
}

/** Larger is better; NaN counts as worst. */
export type Judge = (graph: Graph) => Promise<number>;

async function attempt(recipe: Recipe, judge: Judge): Promise<Tried> {
	const built = build(recipe);
	const score = await judge(built.graph);
	return { recipe, built, score: Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score };
}

/** Of equals, the first wins. */
export async function searchRanges(
	recipe: Omit<Recipe, 'how'>,
	methods: readonly RangeMethod[],
	judge: Judge,
	onStep: (text: string) => void,
): Promise<{ best: Tried; candidates: readonly RangeCandidate[] }> {
	const candidates: RangeCandidate[] = [];
	let best: Tried | undefined;
	for (const how of methods) {
		const tried = await attempt({ ...recipe, how }, judge);
		candidates.push({ how, score: tried.score });
		if (!best || tried.score > best.score) best = tried;
		onStep(`ranges by ${how.method}`);
	}
	return { best: best!, candidates };
}

/** Climbs the table of repairs; what does not raise the score is taken back, so the result is never worse than `start`. */
export async function searchRepairs(
	start: Tried,
	switches: Readonly<Partial<Record<RepairName, RepairSwitch>>>,
	bench: Omit<Bench, 'score'>,
	judge: Judge,
	onStep: (text: string) => void,
	fineTuning?: Repair,
): Promise<{ best: Tried; trials: readonly RepairTrial[] }> {
	const trials: RepairTrial[] = [];
	let best = start;
	for (const [name, repair] of repairsWith(fineTuning)) {
		const wanted = name === FINE_TUNING ? 'on' : (switches[name] ?? 'auto');
		const { trial, tried } = await tryRepair(name, repair, wanted, best, bench, judge);
		trials.push(trial);
		if (trial.outcome === 'kept') best = tried!;
		onStep(name);
	}
	return { best, trials };
}

/** Fine-tuning comes before layers are kept in float, which costs speed. */
function repairsWith(fineTuning?: Repair): readonly (readonly [RepairTrial['repair'], Repair])[] {
	return REPAIR_NAMES.flatMap((name) => {
		const known = [name, REPAIRS[name]] as const;
		return name === 'keep-in-float' && fineTuning ? [[FINE_TUNING, fineTuning] as const, known] : [known];
	});
}

async function tryRepair(
	name: RepairTrial['repair'],
	repair: Repair,
	wanted: RepairSwitch,
	before: Tried,
	bench: Omit<Bench, 'score'>,
	judge: Judge,
): Promise<{ trial: RepairTrial; tried?: Tried }> {
	const untried = (outcome: RepairTrial['outcome'], detail: string) => ({
		trial: { repair: name, outcome, score: null, gain: null, detail },
	});
	if (wanted === 'off') return untried('off', 'switched off');
	if (wanted === 'auto' && repair.expensive && before.score >= bench.wanted)
		return untried('not needed', 'the score is good enough without it');
	/** What the repair itself tried, so that its choice need not be judged again. */
	const known = new Map<Recipe, Tried>();
	const score = async (recipe: Recipe) => {
		const tried = await attempt(recipe, judge);
		known.set(recipe, tried);
		return tried.score;
	};
	const result = await repair.apply(before.recipe, { ...bench, score });
	if ('nothing' in result) return untried('nothing', result.nothing);
	const tried = known.get(result.recipe) ?? (await attempt(result.recipe, judge));
	const gain = tried.score - before.score;
	const outcome = gain > (repair.slows || result.slows ? bench.worthwhile : 0) ? 'kept' : 'dropped';
	return { trial: { repair: name, outcome, score: tried.score, gain, detail: result.detail }, tried };
}
