/** The plan of a search, kept in the run's folder: it depends on this machine's pace, and a resumed search must not change it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseWith } from '../../base/parse.ts';
import { writeAtomic } from '../../base/write-atomic.ts';
import type { Splits } from '../train-request.ts';
import { measurePace } from './measure-pace.ts';
import { type Pace, planSearch, type Rung } from './plan-search.ts';
import type { SearchRequest } from './search.ts';

export interface Plan {
	readonly rounds: readonly Rung[];
	/** Undefined without a time limit. */
	readonly pace: Pace | undefined;
}

const planSchema = z.strictObject({
	formatVersion: z.literal(1),
	trials: z.int(),
	minutes: z.number(),
	steps: z.int(),
	rounds: z.array(z.strictObject({ trials: z.int(), steps: z.int() })),
	pace: z.strictObject({ step: z.number(), run: z.number() }),
});

/** @throws USAGE when the trials do not fit into the time, FILE_UNREADABLE for a damaged plan */
export async function planFor(request: SearchRequest, splits: Splits): Promise<Plan> {
	const { trials, minutes, options, runDir, resume } = request;
	const budget = { trials, minutes, steps: options.steps };
	if (minutes === undefined) return { rounds: planSearch(budget, { step: 0, run: 0 }), pace: undefined };
	const path = join(runDir, 'search-plan.json');
	const kept = resume && existsSync(path) ? await readPlan(path) : undefined;
	if (kept?.trials === trials && kept.minutes === minutes && kept.steps === options.steps) return kept;
	const pace = await measurePace(request, splits);
	const rounds = planSearch(budget, pace);
	const plan = { formatVersion: 1, trials, minutes, steps: options.steps, rounds, pace };
	await writeAtomic(path, `${JSON.stringify(plan, null, '\t')}\n`);
	return { rounds, pace };
}

async function readPlan(path: string) {
	return parseWith(planSchema, JSON.parse(await readFile(path, 'utf8')), path, 'FILE_UNREADABLE');
}
