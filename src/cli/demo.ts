/** `andon demo`: the whole line with embedded defaults: simulated parts, shipped bundle, broker and page. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { percent } from '../metrics/operating-points/promise-of.ts';
import type { Inspection } from '../station/inspection.ts';
import type { Broker } from '../station/publish/broker.ts';
import type { Station } from '../station/station.ts';
import { perform, withJson } from './action.ts';
import type { Arrivals } from './count-arrivals.ts';
import { trim } from './describe-point.ts';
import { numberOption } from './number-option.ts';

interface Flags {
	readonly frames?: number;
	readonly port?: number;
	readonly bundle: string;
	readonly fps?: number;
	readonly json?: boolean;
}

/** What the demo prints in the end. */
export interface DemoSummary {
	readonly frames: number;
	readonly inspections: number;
	/** Different parts that a subscriber received over MQTT. */
	readonly published: number;
	readonly confusion: { readonly tp: number; readonly fp: number; readonly tn: number; readonly fn: number };
	readonly recall: number | null;
	readonly falseRejectRate: number | null;
	readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
	readonly fps: number;
	readonly provider: string;
}

const SHIPPED = fileURLToPath(new URL('../../models/demo', import.meta.url));
/** More defects than any line has, so that there is something to see. */
const DEFECT_RATE = 0.3;
/** Parts a second for people to follow; a counted run goes as fast as it can. */
const WATCHING_FPS = 4;
/** How often somebody who watches sees golden parts inspected. */
const GOLDEN_MINUTES = 5;
/** A demonstration is of decisions, not of the host: on a busy or slow one parts come later, but they come, ms. */
const DEADLINE_MS = 20_000;
/** How long the last messages may take from the broker to the subscriber, ms. */
const ARRIVAL_MS = 10_000;
/** Newest parts that the figures are of when nobody said how many there will be. */
const UNCOUNTED_PARTS = 1000;

export function demoCommand(): Command {
	return withJson(
		new Command('demo')
			.description('show the whole thing: a simulated line, inspected, published and on a page')
			.option('--frames <n>', 'stop after so many parts', count)
			.option('--port <port>', 'port of the page (default: 8080, or a free one)', numberOption)
			.option('--fps <n>', `parts a second (default: ${WATCHING_FPS}; as fast as possible with --frames)`, numberOption)
			.option('--bundle <dir>', 'another bundle for the simulated line', SHIPPED)
			.addHelpText('after', '\nExamples:\n  andon demo\n  andon demo --frames 300 --json'),
	).action((flags: Flags) => perform(flags, () => run(flags), describe));
}

function count(text: string): number {
	return Math.max(1, Math.floor(numberOption(text)));
}

async function run(flags: Flags): Promise<DemoSummary> {
	const { createLogger } = await import('../base/log.ts');
	const { Station } = await import('../station/station.ts');
	const { serve, untilSignal } = await import('./serve.ts');
	const signal = untilSignal();
	const folder = await mkdtemp(join(tmpdir(), 'andon-demo-'));
	const broker = await startBroker();
	const arrivals = await arrivalsAt(broker);
	try {
		const config = await configOf(flags, folder, broker.url);
		const station = new Station(config, createLogger('station', process.env.ANDON_LOG ?? 'warn'));
		const inspections = collect(station, flags);
		const { stop, consoleUrl } = await serve(station, config.console, flags.port === undefined);
		if (!flags.json) process.stdout.write(`${welcome(station, consoleUrl)}\n`);
		await Promise.race([signal, ended(station)]);
		await stop();
		await arrivals.wait(station.state().counters.parts, ARRIVAL_MS);
		return await summarize(inspections, arrivals.count, station);
	} finally {
		await arrivals.close();
		await broker.stop();
		await rm(folder, { recursive: true, force: true });
	}
}

/** On the usual port where it is free. */
async function startBroker() {
	const { Broker } = await import('../station/publish/broker.ts');
	for (const port of [1883, 0]) {
		const broker = new Broker({ host: '127.0.0.1', port });
		try {
			await broker.start();
			return broker;
		} catch (error) {
			if (port === 0) throw error;
		}
	}
	throw new TypeError('unreachable');
}

/** Without them the broker goes too: it would keep the process alive. */
async function arrivalsAt(broker: Broker): Promise<Arrivals> {
	const { countArrivals } = await import('./count-arrivals.ts');
	try {
		return await countArrivals(broker.url, 'andon/demo/inspection');
	} catch (error) {
		await broker.stop();
		throw error;
	}
}

async function configOf({ frames, port, bundle, fps }: Flags, folder: string, url: string) {
	const { stationSchema } = await import('../station/config.ts');
	const { parseWith } = await import('../base/parse.ts');
	const pace = fps ?? (frames === undefined ? WATCHING_FPS : undefined);
	const camera = { id: 'camera-1', source: 'simulator', defectRate: DEFECT_RATE, count: frames, fps: pace };
	const config = {
		station: 'demo',
		bundle: resolve(bundle),
		cameras: [camera],
		mqtt: { url, protocolVersion: 4 },
		store: { path: join(folder, 'demo.db') },
		deadlineMs: DEADLINE_MS,
		console: port === undefined ? {} : { port },
		drift: { defectiveShare: DEFECT_RATE },
		golden: frames === undefined && hasGolden(bundle) ? { everyMinutes: GOLDEN_MINUTES } : {},
	};
	return parseWith(stationSchema, config, 'the options of andon demo', 'USAGE');
}

/** The shipped bundle has some; another one may not. */
function hasGolden(bundle: string): boolean {
	return existsSync(join(bundle, 'golden', 'golden.json'));
}

/** Keeps what is decided, all of it only where it is bounded, and prints a line for each. */
function collect(station: Station, { json, frames }: Flags): Inspection[] {
	const inspections: Inspection[] = [];
	station.events.on('inspection', (inspection) => {
		inspections.push(inspection);
		if (frames === undefined && inspections.length > UNCOUNTED_PARTS) inspections.shift();
		if (!json) process.stdout.write(`${lineOf(inspection)}\n`);
	});
	return inspections;
}

/** Resolves when the line has no more parts. */
function ended(station: Station): Promise<void> {
	return new Promise((done) => {
		const look = () => {
			const [camera] = station.state().cameras;
			if (camera.status === 'ended' && station.state().counters.parts === camera.sequence) done();
		};
		station.events.on('state', look);
		station.events.on('inspection', look);
		look();
	});
}

async function summarize(inspections: readonly Inspection[], published: number, station: Station) {
	const { figuresOf } = await import('../station/statistics.ts');
	const { confusion, latencyMs, partsPerSecond } = figuresOf(inspections);
	const { tp, fp, tn, fn } = confusion;
	const { cameras, provider, counters } = station.state();
	return {
		frames: cameras[0].sequence,
		inspections: counters.parts,
		published,
		confusion,
		recall: share(tp, tp + fn),
		falseRejectRate: share(fp, fp + tn),
		latencyMs: { p50: rounded(latencyMs.processing?.p50), p99: rounded(latencyMs.processing?.p99) },
		fps: rounded(partsPerSecond) ?? 0,
		provider: provider ?? '',
	} satisfies DemoSummary;
}

/** Null where there is nothing to divide by. */
function share(part: number, whole: number): number | null {
	return whole === 0 ? null : part / whole;
}

function rounded(value: number | undefined): number | null {
	return value === undefined ? null : Math.round(value * 100) / 100;
}

function welcome(station: Station, consoleUrl: string): string {
	const { recipe, provider, precision, operatingPoint, broker } = station.state();
	return [
		`A simulated line, inspected by ${recipe.id} ${recipe.version} (${precision} on ${provider}).`,
		`  page  ${consoleUrl}`,
		`  MQTT  ${broker.url}, topics andon/demo/#`,
		`  parts with a score of ${trim(operatingPoint.threshold)} or more are rejected; stop with Ctrl+C`,
	].join('\n');
}

function lineOf({ sequence, verdict, score, defects, times, truth, reason }: Inspection): string {
	const columns = [
		String(sequence).padStart(6),
		verdict.padEnd(13),
		(score === undefined ? '' : score.toFixed(3)).padStart(5),
		`${times.processingMs.toFixed(1)} ms`.padStart(9),
		` ${reason ?? describeDefects(defects)}`,
	];
	return `${columns.join('  ')}${mistakeOf(verdict, truth)}`;
}

function describeDefects(defects: Inspection['defects']): string {
	if (defects.length === 0) return '';
	const [{ box, areaPx }] = defects;
	const more = defects.length > 1 ? ` and ${defects.length - 1} more` : '';
	return `${areaPx} px at ${box.x},${box.y}${more}`;
}

/** The simulated line knows the truth. */
function mistakeOf(verdict: Inspection['verdict'], truth: Inspection['truth']): string {
	if (truth?.defective && verdict === 'ok') return `  ← missed: ${truth.defectClass}`;
	return truth && !truth.defective && verdict === 'defect' ? '  ← false reject' : '';
}

function describe({ inspections, published, confusion, recall, falseRejectRate, latencyMs, fps }: DemoSummary): string {
	const { tp, fp, tn, fn } = confusion;
	return [
		`${inspections} parts inspected, ${published} published, ${fps} a second`,
		`${tp} of ${tp + fn} defective parts found (recall ${percentOf(recall)})`,
		`${fp} of ${fp + tn} sound parts rejected (${percentOf(falseRejectRate)})`,
		`decision in ${latencyMs.p50} ms (median), ${latencyMs.p99} ms (99th percentile)`,
	].join('\n');
}

function percentOf(value: number | null): string {
	return value === null ? 'unknown' : percent(value);
}
