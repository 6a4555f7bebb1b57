/** How often the drift watch cries wolf, and how soon it notices, on figures of real frames drawn again and again. */

import { Random } from '../../base/random.ts';
import { type DriftReference, driftReferenceOf, measure } from '../../metrics/drift/drift-reference.ts';
import type { InputStatistics } from '../../metrics/drift/input-statistics.ts';
import { InputWatch } from '../../metrics/drift/input-watch.ts';
import type { BenchCase } from '../bench-case.ts';
import { ControlChart } from './control-chart.ts';
import type { Comparison, MeasuredLine } from './measured-line.ts';

export interface DriftBenchOptions {
	/** In-distribution parts a run. */
	readonly parts: number;
	/** Runs for false alarms, each with its own reference. */
	readonly runs: number;
	/** Runs for each change. */
	readonly seeds: number;
	/** Held parts of a reference. */
	readonly held: number;
	readonly falseAlarmParts: number;
	readonly onRun?: (what: string) => void;
}

/** A figure is the median or mean over the runs, as the metric says; null when it did not happen in most of them. */
export interface DriftBenchCase extends BenchCase {
	/** Over the runs. */
	readonly spread: { readonly low: number; readonly high: number };
	readonly runs: number;
	/** What is promised, where something is. */
	readonly bound?: number;
	/** How often each figure told first. */
	readonly told?: Readonly<Record<string, number>>;
}

const BESIDE = 'control chart with normal limits';
/** Parts before a change, and those it is given up after. */
const BEFORE = 1000;
const PATIENCE = 5000;

export function benchDrift(line: MeasuredLine, options: DriftBenchOptions): DriftBenchCase[] {
	const { onRun, falseAlarmParts } = options;
	const cases: DriftBenchCase[] = [];
	for (const rate of new Set([falseAlarmParts, Math.round(falseAlarmParts / 100)])) {
		onRun?.(`${line.name}: false alarms at 1 in ${rate}`);
		cases.push(falseAlarms(line, options, rate));
	}
	for (const everyParts of [1, 500]) {
		onRun?.(`${line.name}: light that wanders, one part in ${everyParts} tested`);
		cases.push(wanderingLight(line, options, everyParts));
	}
	cases.push(...line.comparisons.map((comparison) => otherParts(line, comparison, options)));
	for (const [name, changed] of Object.entries(line.changed)) {
		onRun?.(`${line.name}: ${name}`);
		cases.push(detection(line, name, changed, options));
	}
	return cases;
}

/** Reference and stream are independent draws from the same frames: exchangeable by construction. */
function falseAlarms(line: MeasuredLine, options: DriftBenchOptions, falseAlarmParts: number): DriftBenchCase {
	const { parts, runs } = options;
	const counts: number[] = [];
	const peers: number[] = [];
	for (let run = 0; run < runs; run++) {
		const { random, watch, chart, reference } = startOf(line, options, falseAlarmParts, run);
		let alarms = 0;
		let outside = 0;
		const known = line.line.map((part) => measure(reference.texture, part));
		const isOutside = known.map((values) => chart.alarms(values));
		for (let i = 0; i < parts; i++) {
			const drawn = random.integer(line.line.length);
			const { began } = watch.add(line.line[drawn], i);
			alarms += began.length;
			if (began.length > 0) watch.reset();
			if (isOutside[drawn]) outside++;
		}
		counts.push(alarms);
		peers.push(outside);
	}
	return {
		name: `${line.name}: nothing changes, at most 1 false alarm in ${falseAlarmParts} parts`,
		...falseAlarmFigures(counts, peers, parts),
		bound: parts / falseAlarmParts,
	};
}

function falseAlarmFigures(counts: readonly number[], peers: readonly number[], parts: number) {
	const [ours, peer] = [mean(counts), mean(peers)];
	return {
		metric: `false alarms in ${parts} parts, mean`,
		ours,
		peer,
		ratio: ours > 0 && peer > 0 ? peer / ours : null,
		beside: BESIDE,
		spread: spreadOf(counts),
		runs: counts.length,
	};
}

/** What the light of one part and of the next have in common; it is forgotten over some hundred parts. */
const MEMORY = 0.99;
/** Standard deviation of the light, as a share. */
const WANDER = 0.05;

/**
 * The same frames under a light that wanders slowly, in the reference as well: figures have the distribution of calibration
 * but neighbours resemble each other, so that they are not exchangeable and nothing is promised. Testing few of them helps.
 */
function wanderingLight(line: MeasuredLine, options: DriftBenchOptions, everyParts: number): DriftBenchCase {
	const { parts, runs, held, falseAlarmParts } = options;
	const counts: number[] = [];
	const peers: number[] = [];
	for (let run = 0; run < runs; run++) {
		const random = new Random(2000 + run, 5);
		const drawn = Array.from({ length: held }, () => lit(random.pick(line.line), random.normal()));
		const { reference, watch, chart } = watchOver(line, drawn, falseAlarmParts, random);
		let light = random.normal();
		let alarms = 0;
		let outside = 0;
		for (let i = 0; i < parts; i++) {
			light = MEMORY * light + Math.sqrt(1 - MEMORY ** 2) * random.normal();
			if (i % everyParts > 0) continue;
			const part = lit(random.pick(line.line), light);
			const { began } = watch.add(part, i);
			alarms += began.length;
			if (began.length > 0) watch.reset();
			if (chart.alarms(measure(reference.texture, part))) outside++;
		}
		counts.push(alarms);
		peers.push(outside);
	}
	return {
		name: `${line.name}: light that wanders (correlation ${MEMORY}), one part in ${everyParts} tested: nothing is promised`,
		...falseAlarmFigures(counts, peers, parts),
	};
}

function lit({ values, signature }: InputStatistics, light: number): InputStatistics {
	const factor = Math.max(0, 1 + WANDER * light);
	const { brightness, shadows, highlights, ...rest } = values;
	const under = { brightness: brightness! * factor, shadows: shadows! * factor, highlights: highlights! * factor };
	return { values: { ...rest, ...under }, signature };
}

/** Each of the other parts once, in random order: they are too few to draw from again and again. */
function otherParts(line: MeasuredLine, comparison: Comparison, options: DriftBenchOptions): DriftBenchCase {
	const { seeds, falseAlarmParts } = options;
	const { name, held, stream } = comparison;
	const ours: number[] = [];
	const peers: number[] = [];
	const told: Record<string, number> = {};
	for (let seed = 0; seed < seeds; seed++) {
		const random = new Random(seed, 5);
		const { reference, watch, chart } = watchOver(line, held, falseAlarmParts, random);
		let first: string | undefined;
		let outside = 0;
		for (const [i, part] of random.shuffle([...stream]).entries()) {
			const [began] = watch.add(part, i).began;
			if (began) first ??= `${began.statistic} ${began.kind}`;
			if (chart.alarms(measure(reference.texture, part))) outside = 1;
		}
		if (first) told[first] = (told[first] ?? 0) + 1;
		ours.push(first ? 1 : 0);
		peers.push(outside);
	}
	const [share, peer] = [mean(ours), mean(peers)];
	return {
		name: `${line.name}: ${stream.length} sound ${name}, of test against ${held.length} of val`,
		metric: 'share of passes with an alarm',
		ours: share,
		peer,
		ratio: share > 0 && peer > 0 ? peer / share : null,
		beside: BESIDE,
		spread: spreadOf(ours),
		runs: seeds,
		told,
	};
}

function detection(
	line: MeasuredLine,
	name: string,
	changed: readonly InputStatistics[],
	options: DriftBenchOptions,
): DriftBenchCase {
	const { seeds, falseAlarmParts } = options;
	const ours: number[] = [];
	const peers: number[] = [];
	const told: Record<string, number> = {};
	for (let seed = 0; seed < seeds; seed++) {
		const { random, watch, chart, reference } = startOf(line, options, falseAlarmParts, 1000 + seed);
		for (let i = 0; i < BEFORE; i++) if (watch.add(random.pick(line.line), i).began.length > 0) watch.reset();
		let noticed: number | undefined;
		let outside: number | undefined;
		for (let i = 1; i <= PATIENCE && (noticed === undefined || outside === undefined); i++) {
			const part = random.pick(changed);
			const { began } = watch.add(part, BEFORE + i);
			if (noticed === undefined && began.length > 0) {
				noticed = i;
				const first = `${began[0].statistic} ${began[0].kind}`;
				told[first] = (told[first] ?? 0) + 1;
			}
			if (chart.alarms(measure(reference.texture, part))) outside ??= i;
		}
		ours.push(noticed ?? Number.POSITIVE_INFINITY);
		peers.push(outside ?? Number.POSITIVE_INFINITY);
	}
	const [middle, peer] = [finite(median(ours)), finite(median(peers))];
	return {
		name: `${line.name}: ${name}`,
		metric: 'parts to notice, median',
		ours: middle,
		peer,
		ratio: middle === null ? null : (peer ?? PATIENCE) / middle,
		beside: BESIDE,
		spread: spreadOf(ours.map((parts) => Math.min(parts, PATIENCE))),
		runs: seeds,
		told,
	};
}

function startOf(line: MeasuredLine, { held }: DriftBenchOptions, falseAlarmParts: number, seed: number) {
	const random = new Random(seed, 5);
	const drawn = Array.from({ length: held }, () => random.pick(line.line));
	return { random, ...watchOver(line, drawn, falseAlarmParts, random) };
}

function watchOver(line: MeasuredLine, held: readonly InputStatistics[], falseAlarmParts: number, random: Random) {
	const sound = held.map((part) => ({ ...part, defective: false }));
	const reference: DriftReference = driftReferenceOf(line.bank, sound);
	const watch = new InputWatch<number>({ reference, falseAlarmParts, defectiveShare: 0 }, () => random.uniform());
	return { reference, watch, chart: new ControlChart(reference.held, falseAlarmParts) };
}

function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function finite(value: number): number | null {
	return Number.isFinite(value) ? value : null;
}

function spreadOf(values: readonly number[]): { low: number; high: number } {
	return { low: Math.min(...values), high: Math.max(...values) };
}
