/** Golden parts at a station: when they run, what comes of it, and what happens to the line when they fail. */
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import { type GoldenPart, readGolden } from '../../bundle/golden.ts';
import type { Bundle } from '../../bundle/open-bundle.ts';
import { operatingPointOf } from '../../bundle/operating-point-of.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { Change } from '../commands.ts';
import type { Inspection, RecipeReference } from '../inspection.ts';
import type { FromGolden } from '../inspector/messages.ts';
import type { Store } from '../store/store.ts';
import { GoldenCheck, type GoldenLine, type Presented } from './golden-check.ts';
import type { EnrollGolden, RunGolden } from './golden-commands.ts';
import { GoldenLedger, releases } from './golden-ledger.ts';
import type { GoldenOptions } from './golden-options.ts';
import type { CameraResult, EnrolledWith, GoldenMode, GoldenOutcome, GoldenRun, GoldenState } from './golden-run.ts';
import { type GoldenSet, GoldenShelf } from './golden-shelf.ts';
import { holdPart } from './hold-part.ts';
import { judgeGolden } from './judge-golden.ts';
import { Schedule } from './schedule.ts';

/** What golden runs need of the station. */
export interface GoldenHost {
	readonly station: string;
	readonly bootId: string;
	readonly options: GoldenOptions;
	readonly storePath: string;
	readonly store: Store;
	readonly bundle: Bundle;
	readonly precision: Bundle['defaultPrecision'];
	readonly recipe: RecipeReference;
	readonly log: Logger;
	/** In force at this moment. */
	readonly operatingPoint: OperatingPoint;
	lines(): readonly GoldenLine[];
	/** The state is another one now. */
	changed(): void;
	/** A run is over and durable; alerts about it wait in the outbox. */
	finished(run: GoldenRun): void;
	pause(by: Change): Promise<void>;
}

interface Request {
	readonly mode: GoldenMode;
	readonly trigger: string;
	readonly lines: readonly GoldenLine[];
	readonly parts: readonly GoldenPart[];
}

const LOOK_MS = 1000;
/** How long a run waits for an inspector that is being restarted, ms. */
const READY_MS = 60_000;
/** An inspector that dies once is an accident; twice in one run is a finding. */
const REPEATS = 1;
const NOTHING_ENROLLED = 'Golden runs are scheduled, but no golden parts are enrolled: see `andon golden enroll`.';
const ITSELF: Change = { who: 'andon', source: 'station' };

export class GoldenWatch {
	readonly #host: GoldenHost;
	readonly #shelf: GoldenShelf;
	readonly #ledger: GoldenLedger;
	readonly #schedule: Schedule;
	#set: GoldenSet | undefined;
	#fault: string | undefined;
	#check: { readonly camera: string; readonly check: GoldenCheck } | undefined;
	#running: GoldenState['running'];
	#work: Promise<void> | undefined;
	#runs = 0;
	#stopping = false;
	#timer: NodeJS.Timeout | undefined;

	constructor(host: GoldenHost) {
		this.#host = host;
		this.#shelf = new GoldenShelf(host.storePath, host.store);
		this.#ledger = new GoldenLedger(host.store);
		this.#schedule = new Schedule(host.options, this.#ledger.since, Date.now());
	}

	/** Loads the reference; the bundle's parts become it at the very first start. A damaged one is a fault, never thrown. */
	async open(): Promise<void> {
		try {
			this.#set = (await this.#shelf.load()) ?? (await this.#adopt({ ...ITSELF, reason: 'the first golden parts' }));
		} catch (error) {
			this.#fault = messageOf(error);
			this.#host.log.error({ error: messageOf(error) }, 'the golden parts cannot be used');
		}
	}

	/** Begins to keep the schedule. */
	start(): void {
		this.#timer = setInterval(() => this.#look(), LOOK_MS);
	}

	/** Gives up a run under way, without a result. */
	async stop(): Promise<void> {
		this.#stopping = true;
		clearInterval(this.#timer);
		this.#check?.check.end(
			unavailable('the station to go on', 'it stops', 'Run the golden parts after its next start.'),
		);
		await this.#work;
	}

	state(): GoldenState {
		const { hold, last } = this.#ledger;
		const next = this.#schedule.next(Date.now());
		return {
			...(this.#set ? { set: summaryOfSet(this.#set) } : {}),
			...(last ? { last: summaryOfRun(last) } : {}),
			...(this.#running ? { running: this.#running } : {}),
			...(next ? { next } : {}),
			...(hold ? { hold: { since: hold.since, why: hold.why } } : {}),
			...(this.#fault ? { fault: this.#fault } : {}),
		};
	}

	/** The last run; survives restarts. */
	get last(): GoldenRun | undefined {
		return this.#ledger.last;
	}

	/** The record as the line has to treat it: while everything is held, nothing passes by itself. */
	treat(inspection: Inspection): Inspection {
		const { hold } = this.#ledger;
		return hold ? holdPart(inspection, hold) : inspection;
	}

	/** A part is durable. @returns whether it is one of the line; a golden one is no more to be counted or told */
	decided(inspection: Inspection): boolean {
		const ours = this.#check?.camera === inspection.camera ? this.#check.check : undefined;
		if (inspection.golden) {
			ours?.presented(inspection);
			return false;
		}
		this.#schedule.part();
		ours?.partWentBy();
		return true;
	}

	heard(camera: string, message: FromGolden): void {
		if (this.#check?.camera === camera) this.#check.check.heard(message);
	}

	/** The camera's inspector is gone. */
	lost(camera: string, error: AndonError): void {
		if (this.#check?.camera === camera) this.#check.check.end(error);
	}

	/** Begins a run; its result comes on `golden`. @throws GOLDEN_UNAVAILABLE */
	async run({ present, camera, parts }: RunGolden, by: Change): Promise<void> {
		const set = this.#expectSet();
		this.#expectIdle();
		const lines = this.#linesOf(camera);
		if (present && lines.length !== 1)
			throw unavailable('the one camera to present parts to', `${lines.length} cameras`, 'Name it with `camera`.');
		const mode = present ? 'presented' : 'injected';
		this.#begin(() =>
			this.#carryOut({ mode, trigger: `asked for by ${by.who}`, lines, parts: chosen(set.parts, parts) }),
		);
	}

	/** Takes the bundle's golden parts as reference, or begins to wait for one to be presented. @throws GOLDEN_UNAVAILABLE */
	async enroll({ part, defective, class: name, camera, fresh }: EnrollGolden, by: Change): Promise<void> {
		this.#expectIdle();
		if (part === undefined) {
			const set = await this.#adopt(by);
			if (!set) throw unavailable('golden parts in the bundle', 'none', 'Add some with `andon golden enroll`.');
			this.#set = set;
			this.#fault = undefined;
			return this.#host.changed();
		}
		if (defective === undefined)
			throw unavailable('`defective`: true or false with `part`', 'neither', 'Say what is true of the part.');
		if (!fresh && this.#set && this.#set.enrolledWith.hash !== this.#host.bundle.manifestHash)
			throw unavailable(
				`the bundle that the other parts were enrolled with (${titleOf(this.#set.enrolledWith)})`,
				titleOf(this.#enrolledWith()),
				'Begin a new set with `fresh`: true, or take the bundle’s own parts with `enroll-golden` alone.',
			);
		const lines = this.#linesOf(camera);
		if (lines.length !== 1) throw unavailable('one camera', `${lines.length}`, 'Name it with `camera`.');
		const wanted = { id: part, defective, class: name ?? (defective ? 'defect' : 'ok') };
		this.#begin(() => this.#enrollPresented(lines[0], wanted, fresh, by));
	}

	/** Lets the line go on by itself again. @throws GOLDEN_UNAVAILABLE when nothing is held or nobody says why */
	async release(by: Change): Promise<void> {
		if (!this.#ledger.hold)
			throw unavailable('a hold after a failed golden run', 'none', 'Nothing needs to be released.');
		if (!by.reason) throw unavailable('`reason`: why the line may go on', 'none', 'Say why; the audit log keeps it.');
		await this.#ledger.setHold(undefined, by);
		this.#host.changed();
	}

	#look(): void {
		if (this.#work || this.#stopping) return;
		const why = this.#schedule.due(Date.now());
		if (why === undefined) return;
		const { parts = [] } = this.#set ?? {};
		if (parts.length === 0) this.#fault ??= NOTHING_ENROLLED;
		this.#begin(() => this.#carryOut({ mode: 'injected', trigger: why, lines: this.#host.lines(), parts }));
	}

	/** @param work resolves with the run that it was, if it was one */
	#begin(work: () => Promise<GoldenRun | undefined>): void {
		this.#work = work()
			.catch((error) => {
				if (!this.#stopping) this.#host.log.error({ error: messageOf(error) }, 'a golden run came to nothing');
				return undefined;
			})
			.then((run) => {
				this.#work = undefined;
				this.#check = undefined;
				this.#running = undefined;
				if (this.#stopping) return;
				if (run) this.#host.finished(run);
				this.#host.changed();
			});
	}

	async #carryOut(request: Request): Promise<GoldenRun | undefined> {
		const start = new Date().toISOString();
		const id = `${this.#host.station}-${this.#host.bootId}-golden-${++this.#runs}`;
		let repeats = 0;
		const cameras: CameraResult[] = [];
		for (const line of request.lines) {
			const [result, again] = await this.#checkLine(id, line, request);
			cameras.push(result);
			repeats += again;
		}
		if (this.#stopping) return undefined;
		const run = this.#runOf(id, start, request, cameras, repeats);
		await this.#conclude(run, request);
		return run;
	}

	/** Repeats an injected run whose inspector died; the second death is the result. */
	async #checkLine(run: string, line: GoldenLine, request: Request): Promise<[CameraResult, number]> {
		const { mode, parts } = request;
		for (let repeats = 0; ; repeats++) {
			const check = this.#follow(run, line, mode, parts);
			try {
				await this.#untilReady(line);
				if (mode === 'injected') await check.inject();
				else await check.present(this.#host.options.presentMinutes * 60_000);
				return [this.#judge(line, request, check.outcomes), repeats];
			} catch (error) {
				if (this.#stopping) throw error;
				this.#host.log.warn({ error: messageOf(error), run }, 'a golden run was interrupted');
				if (mode === 'injected' && repeats < REPEATS) continue;
				const reason = messageOf(error);
				const rest = parts.slice(check.outcomes.length);
				const missing = rest.map(({ id }) => ({ part: id, verdict: 'not-inspected', reason }) as const);
				return [this.#judge(line, request, [...check.outcomes, ...missing]), repeats];
			}
		}
	}

	#follow(run: string, line: GoldenLine, mode: GoldenMode, parts: readonly GoldenPart[]): GoldenCheck {
		const { camera } = line;
		const check = new GoldenCheck(run, line, parts, (waitingFor) => {
			this.#running = {
				mode,
				camera,
				done: check.outcomes.length,
				of: parts.length,
				...(waitingFor ? { waitingFor: `${waitingFor.id} (${waitingFor.class})` } : {}),
			};
			this.#host.changed();
		});
		this.#check = { camera, check };
		this.#running = { mode, camera, done: 0, of: parts.length };
		this.#host.changed();
		return check;
	}

	async #untilReady(line: GoldenLine): Promise<void> {
		const until = performance.now() + READY_MS;
		while (!line.ready && !this.#stopping && performance.now() < until)
			await new Promise((resolve) => setTimeout(resolve, 50));
	}

	#judge(line: GoldenLine, { mode, parts }: Request, outcomes: readonly GoldenOutcome[]): CameraResult {
		const { precision, operatingPoint, options } = this.#host;
		const judgement = judgeGolden(parts, outcomes, {
			mode,
			precision,
			enrolledThreshold: this.#set?.enrolledWith.thresholds[precision],
			threshold: operatingPoint.threshold,
			requirements: options.pass,
			otherBundle: this.#otherBundle(),
		});
		return { camera: line.camera, ...(line.provider ? { provider: line.provider } : {}), ...judgement };
	}

	#otherBundle(): string | undefined {
		const before = this.#set?.enrolledWith;
		const now = this.#enrolledWith();
		if (!before || before.hash === now.hash) return undefined;
		return (
			`Another bundle runs than the parts were enrolled with: ${titleOf(now)} instead of ${titleOf(before)}. ` +
			'If that was intended, send `enroll-golden`; if not, put the old bundle back.'
		);
	}

	#runOf(
		id: string,
		start: string,
		{ mode, trigger }: Request,
		cameras: readonly CameraResult[],
		repeats: number,
	): GoldenRun {
		const { station, recipe, precision, operatingPoint } = this.#host;
		const named = (list: (camera: CameraResult) => readonly string[]) =>
			cameras.flatMap((camera) =>
				list(camera).map((words) => (cameras.length > 1 ? `${camera.camera}: ${words}` : words)),
			);
		const why = [...(this.#fault ? [this.#fault] : []), ...named((camera) => camera.why)];
		return {
			id,
			station,
			start,
			end: new Date().toISOString(),
			mode,
			trigger,
			passed: why.length === 0,
			why,
			hints: [...new Set(cameras.flatMap((camera) => camera.hints))],
			recipe,
			precision,
			operatingPoint,
			...(this.#set ? { enrolledWith: this.#set.enrolledWith } : {}),
			cameras,
			repeats,
		};
	}

	async #conclude(run: GoldenRun, { parts, lines }: Request): Promise<void> {
		const { store, log, options } = this.#host;
		await this.#ledger.add(run);
		this.#schedule.ran(Date.now());
		log[run.passed ? 'info' : 'error']({ run: run.id, why: run.why }, `golden run ${run.passed ? 'passed' : 'failed'}`);
		const cameras = lines.map(({ camera }) => camera);
		if (!run.passed) {
			await store.enqueue({ topic: 'alert', payload: alertOf(run) });
			if (options.onFailure === 'hold') await this.#hold(run, cameras);
			if (options.onFailure === 'pause') await this.#host.pause({ ...ITSELF, reason: reasonOf(run) });
		} else if (this.#ledger.hold && parts.length === this.#set?.parts.length)
			if (releases(this.#ledger.hold, { mode: run.mode, cameras }))
				await this.#ledger.setHold(undefined, { ...ITSELF, reason: `golden run ${run.id} passed` });
	}

	/** A hold that stands stays, so that it is released only by what would have released it. */
	async #hold(run: GoldenRun, cameras: readonly string[]): Promise<void> {
		const before = this.#ledger.hold;
		const hold = {
			since: before?.since ?? run.end,
			why: reasonOf(run),
			mode: before?.mode === 'presented' ? before.mode : run.mode,
			cameras: [...new Set([...(before?.cameras ?? []), ...cameras])],
		};
		await this.#ledger.setHold(hold, { ...ITSELF, reason: reasonOf(run) });
	}

	async #enrollPresented(
		line: GoldenLine,
		wanted: Pick<GoldenPart, 'id' | 'defective' | 'class'>,
		fresh: boolean,
		by: Change,
	): Promise<undefined> {
		const part = { ...wanted, enrolled: {}, image: new Uint8Array() };
		const check = this.#follow(`enrol-${wanted.id}`, line, 'presented', [part]);
		try {
			const [presented] = await check.present(this.#host.options.presentMinutes * 60_000, true);
			const enrolled = this.#enrolledFrom(part, presented);
			const others = fresh ? [] : (this.#set?.parts ?? []).filter(({ id }) => id !== part.id);
			this.#set = await this.#shelf.keep([...others, enrolled], this.#enrolledWith(), by);
			this.#fault = undefined;
			return undefined;
		} catch (error) {
			if (this.#stopping) return undefined;
			const payload = { kind: 'golden', station: this.#host.station, at: new Date().toISOString() };
			const message = `Golden part ${wanted.id} was not enrolled: ${messageOf(error)}`;
			await this.#host.store.enqueue({ topic: 'alert', payload: { ...payload, message } });
			throw error;
		}
	}

	/** @throws GOLDEN_UNAVAILABLE when the part cannot serve as reference */
	#enrolledFrom(part: GoldenPart, { inspection, png }: Presented): GoldenPart {
		const { score, verdict, reason = '' } = inspection;
		if (score === undefined || !png)
			throw unavailable('a part that is inspected', `not inspected: ${reason}`, 'Present it again.');
		if (part.defective && verdict === 'ok')
			throw unavailable(
				'a defective part that the station finds',
				`a score of ${score.toFixed(3)}, below the threshold of ${inspection.operatingPoint.threshold.toFixed(3)}`,
				'Choose a part whose defect is found, or lower the threshold first.',
			);
		return { ...part, image: png, enrolled: { [this.#host.precision]: { score } } };
	}

	async #adopt(by: Change): Promise<GoldenSet | undefined> {
		const parts = readGolden(this.#host.bundle);
		return parts && this.#shelf.keep(parts, this.#enrolledWith(), by);
	}

	#enrolledWith(): EnrolledWith {
		const { manifest, manifestHash } = this.#host.bundle;
		const thresholds = manifest.models.map(
			({ precision }) => [precision, operatingPointOf(manifest, precision).threshold] as const,
		);
		return {
			name: manifest.name,
			version: manifest.version,
			hash: manifestHash,
			thresholds: Object.fromEntries(thresholds),
		};
	}

	#expectSet(): GoldenSet {
		if (this.#set) return this.#set;
		const fix = 'Enrol some with `andon golden enroll` and send `enroll-golden`, or present them one by one.';
		throw unavailable('enrolled golden parts', this.#fault ?? 'none', fix);
	}

	#expectIdle(): void {
		if (this.#work) throw unavailable('no golden run under way', 'one', 'Wait for its result on `golden`.');
	}

	#linesOf(camera: string | undefined): readonly GoldenLine[] {
		const lines = this.#host.lines();
		const found = lines.filter((line) => camera === undefined || line.camera === camera);
		if (found.length > 0) return found;
		throw unavailable(`one of the cameras ${lines.map((line) => line.camera).join(', ')}`, `${camera}`, 'Name one.');
	}
}

function chosen(parts: readonly GoldenPart[], ids: readonly string[] | undefined): readonly GoldenPart[] {
	if (!ids) return parts;
	return ids.map((id) => {
		const part = parts.find((candidate) => candidate.id === id);
		if (part) return part;
		throw unavailable(
			`golden parts such as ${parts
				.slice(0, 3)
				.map((candidate) => candidate.id)
				.join(', ')}`,
			id,
			'Name parts of the set.',
		);
	});
}

function summaryOfSet({ parts, enrolledWith, enrolledAt }: GoldenSet): NonNullable<GoldenState['set']> {
	return {
		parts: parts.length,
		defective: parts.filter(({ defective }) => defective).length,
		enrolledWith,
		enrolledAt,
	};
}

/** Of several cameras the worst recall; IoU of the first, since each says its own in the run. */
function summaryOfRun({ id, end, mode, trigger, passed, why, hints, cameras }: GoldenRun): GoldenState['last'] {
	const recalls = cameras.flatMap(({ recall }) => (recall === undefined ? [] : [recall]));
	return {
		id,
		end,
		mode,
		trigger,
		passed,
		why,
		hints,
		...(recalls.length > 0 ? { recall: Math.min(...recalls) } : {}),
		...(cameras[0] ? { measuredIou: cameras[0].measuredIou } : {}),
		parts: cameras[0]?.parts.length ?? 0,
	};
}

function alertOf({ id, station, end, mode, trigger, why, hints }: GoldenRun): object {
	return { kind: 'golden', station, at: end, run: id, mode, trigger, message: why.join('; '), hints };
}

function reasonOf({ mode, why }: GoldenRun): string {
	return `the golden run with ${mode} parts failed: ${why.join('; ')}`.slice(0, 500);
}

function titleOf({ name, version, hash }: EnrolledWith): string {
	return `${name} ${version} (${hash.slice(0, 8)})`;
}

function unavailable(expected: string, found: string, fix: string): AndonError {
	return new AndonError('GOLDEN_UNAVAILABLE', { expected, found, fix });
}
