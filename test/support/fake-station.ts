/** A station made of generated data, for tests of the console and for looking at its page without a line. */
import { EventEmitter } from 'node:events';
import { Random } from '../../src/base/random.ts';
import { encodeJpeg } from '../../src/imaging/encode-image.ts';
import type { OperatingPoint } from '../../src/metrics/operating-point.ts';
import { whatIf } from '../../src/metrics/what-if.ts';
import { sayDefect } from '../../src/station/decision/words.ts';
import type { Defect, Inspection, Verdict } from '../../src/station/inspection.ts';
import type {
	Label,
	Percentiles,
	StationEvents,
	StationState,
	StationStats,
	StationView,
} from '../../src/station/station-view.ts';

export interface FakeStation extends StationView {
	/** Inspects one generated part, emits its events and returns its record. */
	inspect(verdict?: Verdict): Promise<Inspection>;
	/** Puts a label beside a record and emits it. */
	label(resultId: string, said: Pick<Label, 'defective' | 'class' | 'reason'>): Label;
	/** Replaces parts of the state and emits it. */
	set(change: Partial<StationState>): void;
	/** What was asked for. */
	readonly asked: { camera?: string; partId?: string; bytes?: number }[];
	/** Refuses every later request. */
	refuse(error: Error): void;
	/** Watchers at the moment. */
	readonly watchers: number;
}

const SIZE = 256;
const MM_PER_PIXEL = 0.05;
export const GUARANTEED: OperatingPoint = {
	threshold: 0.412,
	method: 'guaranteed-recall',
	recall: 0.98,
	confidence: 0.95,
	n: 236,
	toleratedMisses: 1,
	falseRejects: { rate: 0.012, low: 0.004, high: 0.029, n: 412 },
	precision: 'int8',
};

export function fakeStation(seed = 7): FakeStation {
	const random = new Random(seed);
	const events = new EventEmitter<StationEvents>();
	const records: Inspection[] = [];
	const labels: Label[] = [];
	const startedAt = new Date(Date.now() - 7_860_000).toISOString();
	const asked: FakeStation['asked'] = [];
	let refusal: Error | undefined;
	let watchers = 0;
	let change: Partial<StationState> = {};
	const count = (verdict: Verdict) => records.filter((record) => record.verdict === verdict).length;

	const state = (): StationState => ({
		station: 'line-3-exit',
		bootId: 'b7f3',
		startedAt,
		at: new Date().toISOString(),
		status: 'running',
		recipe: { id: 'brushed-cover', version: '4', hash: 'ab'.repeat(32) },
		recipes: [
			{ id: 'default', inForce: true, version: '4', hash: 'ab'.repeat(32), bundle: 'bundles/cover', codes: [] },
		],
		operatingPoint: GUARANTEED,
		drift: { status: 'watching', falseAlarmParts: 100_000, cameras: [] },
		provider: 'cpu',
		providers: { wanted: ['cpu'], used: 'cpu', why: 'as the station is configured', passedOver: [] },
		precision: 'int8',
		precisionReason: "the bundle's default",
		input: { width: SIZE, height: SIZE, channels: 1 },
		configurationHash: 'cd'.repeat(32),
		paused: false,
		cameras: [
			{
				id: 'cam-1',
				source: 'simulator',
				status: 'running',
				sequence: records.length,
				missed: 0,
				restarts: 0,
				recycled: 0,
				waiting: 0,
			},
		],
		broker: { url: 'mqtt://127.0.0.1:1883', status: 'connected', embedded: true },
		outbox: { pending: 0 },
		counters: {
			parts: records.length,
			ok: count('ok'),
			defect: count('defect'),
			review: count('review'),
			notInspected: count('not-inspected'),
			published: records.length,
		},
		golden: {},
		audit: { entries: 0, head: '00'.repeat(32) },
		...change,
	});

	async function inspect(verdict = pickVerdict(random)) {
		const record = makeRecord(random, records.length + 1, verdict, state());
		records.push(record);
		events.emit('inspection', record);
		if (verdict !== 'not-inspected')
			events.emit('preview', { camera: 'cam-1', jpeg: await draw(random, record.defects), inspection: record });
		events.emit('state', state());
		events.emit('stats', statsOf(records));
		return record;
	}

	return {
		id: 'line-3-exit',
		events,
		state,
		stats: () => statsOf(records),
		recent: (limit) => records.slice(-limit).reverse(),
		labels: (limit) => labels.slice(-limit).reverse(),
		golden: () => undefined,
		audit: () => [],
		calibrationScores: () => calibrationOf(seed),
		whatIf: (threshold) => ({
			threshold,
			calibration: whatIf(calibrationOf(seed), threshold),
			recorded: whatIf({ defective: [], sound: [], unknown: scoresOf(records) }, threshold),
		}),
		async command(name) {
			throw new Error(`the page sent ${name}, but it is read-only`);
		},
		metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: '# nothing\n' }),
		async ask({ camera, partId, image }) {
			asked.push({ camera, partId, bytes: image?.length });
			if (refusal) throw refusal;
			return inspect('ok');
		},
		asked,
		refuse(error) {
			refusal = error;
		},
		watch() {
			watchers++;
			return () => void watchers--;
		},
		get watchers() {
			return watchers;
		},
		label(resultId, said) {
			const at = new Date().toISOString();
			const label = { number: labels.length + 1, resultId, at, who: 'ada', source: 'mqtt', hasMask: false, ...said };
			labels.push(label);
			events.emit('label', label);
			return label;
		},
		inspect,
		set(next) {
			change = { ...change, ...next };
			events.emit('state', state());
		},
	};
}

function calibrationOf(seed: number) {
	const scores = new Random(seed, 1);
	return {
		defective: Array.from({ length: 236 }, () => 1 - (1 - 0.42) * scores.uniform() ** 2.2),
		sound: Array.from({ length: 412 }, () => 0.38 * scores.uniform() ** 2 + 0.01),
	};
}

function scoresOf(records: readonly Inspection[]): number[] {
	return records.map(({ score }) => score).filter((score) => score !== undefined);
}

function pickVerdict(random: Random): Verdict {
	const u = random.uniform();
	if (u < 0.012) return 'not-inspected';
	if (u < 0.05) return 'review';
	return u < 0.19 ? 'defect' : 'ok';
}

function makeRecord(random: Random, sequence: number, verdict: Verdict, state: StationState): Inspection {
	const inspected = verdict !== 'not-inspected';
	const flagged = verdict === 'defect' || verdict === 'review';
	const low = { ok: 0.01, defect: 0.52, review: 0.36, 'not-inspected': 0 }[verdict];
	const high = { ok: 0.3, defect: 1, review: 0.46, 'not-inspected': 0 }[verdict];
	const now = new Date().toISOString();
	const inferenceMs = 5.2 + 0.6 * Math.abs(random.normal());
	const score = inspected ? low + (high - low) * random.uniform() ** (flagged ? 0.6 : 3) : 0;
	const defects = flagged ? [makeDefect(random), ...(random.chance(0.3) ? [makeDefect(random)] : [])] : [];
	return {
		resultId: `line-3-exit-b7f3-cam-1-${sequence}`,
		partId: `P-${20_400 + sequence}`,
		station: state.station,
		camera: 'cam-1',
		bootId: state.bootId,
		sequence,
		verdict,
		disposition: verdict === 'ok' ? 'pass' : verdict === 'review' ? 'hold' : 'reject',
		...(inspected
			? { score, why: whyOf(verdict, score, defects) }
			: { reason: 'The camera delivered half a picture (truncated JPEG).' }),
		operatingPoint: state.operatingPoint,
		defects,
		...(flagged ? { expectedIou: random.between(0.6, 0.9), measuredIou: random.between(0.5, 0.9) } : {}),
		recipe: state.recipe,
		configurationHash: state.configurationHash,
		isSimulated: true,
		isPartial: false,
		provider: 'cpu',
		precision: 'int8',
		times: {
			start: now,
			end: now,
			latencyMs: inferenceMs + 3.5,
			waitMs: 0,
			acquisitionMs: 2.1,
			inferenceMs,
			decisionMs: 0.6,
			processingMs: inferenceMs + 1.4,
		},
		truth: flagged ? { defective: true, defectClass: 'scratch' } : { defective: false },
	};
}

function whyOf(verdict: Verdict, score: number, [defect]: readonly Defect[]): string {
	if (verdict === 'review') return `${sayDefect(defect)}: rule "review if any Scratch".`;
	return `Score ${score.toFixed(3)} ${verdict === 'ok' ? 'is below' : 'reaches'} the threshold ${GUARANTEED.threshold}.`;
}

function makeDefect(random: Random): Defect {
	const width = 20 + random.integer(70);
	const height = 12 + random.integer(50);
	const box = { x: 10 + random.integer(SIZE - width - 20), y: 10 + random.integer(SIZE - height - 20), width, height };
	const areaPx = Math.round(width * height * 0.2);
	const lengthPx = Math.hypot(width, height);
	return {
		class: 'Scratch',
		box,
		areaPx,
		areaMm2: areaPx * MM_PER_PIXEL ** 2,
		lengthPx,
		lengthMm: lengthPx * MM_PER_PIXEL,
		peak: random.between(0.7, 1),
		mean: random.between(0.5, 0.8),
	};
}

function statsOf(records: readonly Inspection[]): StationStats {
	const window = records.slice(-500);
	const inspected = window.filter((record) => record.score !== undefined);
	const count = (test: (record: Inspection) => boolean) => window.filter(test).length;
	const flagged = ({ verdict }: Inspection) => verdict !== 'ok';
	return {
		station: 'line-3-exit',
		at: new Date().toISOString(),
		window: { parts: window.length, from: window[0]?.times.start, to: window.at(-1)?.times.end },
		verdicts: {
			ok: count((record) => record.verdict === 'ok'),
			defect: count((record) => record.verdict === 'defect'),
			review: count((record) => record.verdict === 'review'),
			'not-inspected': count((record) => record.verdict === 'not-inspected'),
		},
		latencyMs: {
			processing: percentiles(inspected.map((record) => record.times.processingMs)),
			inference: percentiles(inspected.map((record) => record.times.inferenceMs)),
		},
		partsPerSecond: window.length > 1 ? 4.9 : undefined,
		expectedIou: { ...meanOf(window.map((record) => record.expectedIou)), corrected: true },
		measuredIou: {
			simulated: meanOf(window.map((record) => record.measuredIou)),
			golden: { n: 12, mean: 0.71 },
			labelled: { n: 0 },
		},
		confusion: {
			tp: count((record) => flagged(record) && record.truth!.defective),
			fp: count((record) => flagged(record) && !record.truth!.defective),
			tn: count((record) => !flagged(record) && !record.truth!.defective),
			fn: count((record) => !flagged(record) && record.truth!.defective),
		},
	};
}

function percentiles(values: number[]): Percentiles | undefined {
	if (values.length === 0) return undefined;
	const sorted = values.toSorted((a, b) => a - b);
	const at = (p: number) => sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)];
	return { p50: at(0.5), p99: at(0.99) };
}

function meanOf(values: readonly (number | undefined)[]) {
	const known = values.filter((value) => value !== undefined);
	return { n: known.length, ...(known.length ? { mean: known.reduce((a, b) => a + b, 0) / known.length } : {}) };
}

/** Brushed metal with dark scratches along each defect's diagonal, outlined as the station does it. */
async function draw(random: Random, defects: readonly Defect[]): Promise<Uint8Array> {
	const data = new Uint8Array(SIZE * SIZE);
	for (let y = 0; y < SIZE; y++) {
		let streak = 0;
		const row = 142 + 9 * random.normal();
		for (let x = 0; x < SIZE; x++) {
			streak = 0.93 * streak + 2.6 * random.normal();
			data[y * SIZE + x] = Math.max(0, Math.min(255, row + streak + 34 * Math.cos((x - 100) / 95) - 0.05 * y));
		}
	}
	for (const { box } of defects)
		for (let i = 0; i <= 400; i++) {
			const x = box.x + (box.width * i) / 400;
			const y = box.y + box.height * (i / 400 + 0.06 * Math.sin(i / 30));
			for (let d = -1; d <= 1; d++) darken(data, Math.round(x), Math.round(y) + d, d === 0 ? 70 : 30);
		}
	return encodeJpeg({ width: SIZE, height: SIZE, channels: 1, data }, 88);
}

function darken(data: Uint8Array, x: number, y: number, by: number) {
	if (x < 0 || y < 0 || x >= SIZE || y >= SIZE) return;
	data[y * SIZE + x] = Math.max(0, data[y * SIZE + x] - by);
}
