/** Golden parts at a station: runs when they are due or asked for, and a hold on the line while it cannot be relied on. */
import { type AndonError, messageOf } from '../../base/errors.ts';
import type { GoldenPart } from '../../bundle/golden.ts';
import type { Change } from '../commands.ts';
import type { Inspection } from '../inspection.ts';
import type { FromGolden } from '../inspector/messages.ts';
import { concludeRun } from './conclude-run.ts';
import type { GoldenLine } from './golden-check.ts';
import type { EnrollGolden, RunGolden } from './golden-commands.ts';
import type { GoldenHost } from './golden-host.ts';
import { GoldenLedger } from './golden-ledger.ts';
import { GoldenReference } from './golden-reference.ts';
import type { GoldenRun, GoldenState } from './golden-run.ts';
import { type GoldenRequest, GoldenRunner } from './golden-runner.ts';
import type { GoldenSet } from './golden-shelf.ts';
import { holdPart } from './hold-part.ts';
import { Schedule } from './schedule.ts';
import { unavailable } from './unavailable.ts';

const LOOK_MS = 1000;

export class GoldenWatch {
	readonly #host: GoldenHost;
	readonly #reference: GoldenReference;
	readonly #runner: GoldenRunner;
	readonly #ledger: GoldenLedger;
	readonly #schedule: Schedule;
	#work: Promise<void> | undefined;
	#stopping = false;
	#timer: NodeJS.Timeout | undefined;

	constructor(host: GoldenHost) {
		this.#host = host;
		this.#reference = new GoldenReference(host);
		this.#runner = new GoldenRunner(host, this.#reference);
		this.#ledger = new GoldenLedger(host.store, host.place);
		this.#schedule = new Schedule(host.options, this.#ledger.since, Date.now());
	}

	/** Loads the reference; the bundle's parts become it at the very first start. */
	open(): Promise<void> {
		return this.#reference.open();
	}

	/** Begins to keep the schedule. */
	start(): void {
		this.#timer = setInterval(() => this.#look(), LOOK_MS);
	}

	/** Gives up a run under way, without a result. */
	async stop(): Promise<void> {
		this.#stopping = true;
		clearInterval(this.#timer);
		this.#runner.stop();
		await this.#work;
	}

	state(): GoldenState {
		const { hold, last, standing } = this.#ledger;
		const { set, fault } = this.#reference;
		const { running } = this.#runner;
		const next = this.#schedule.next(Date.now());
		return {
			...(set ? { set: summaryOfSet(set) } : {}),
			...(last ? { last: summaryOfRun(last) } : {}),
			...(running ? { running } : {}),
			...(next ? { next } : {}),
			...(standing ? { standing: failureOf(standing) } : {}),
			...(hold ? { hold: { since: hold.since, why: hold.why } } : {}),
			...(fault ? { fault } : {}),
		};
	}

	/** The last run; survives restarts. */
	get last(): GoldenRun | undefined {
		return this.#ledger.last;
	}

	/** Why nothing is promised of the threshold; empty while golden parts are judged as at enrolment, or none ever were. */
	get promiseVoid(): readonly string[] {
		const { standing } = this.#ledger;
		return standing ? [`Golden parts failed: ${standing.why.join('; ')}.`] : [];
	}

	/** The record as the line has to treat it: while everything is held, nothing passes by itself. */
	treat(inspection: Inspection): Inspection {
		const { hold } = this.#ledger;
		return hold ? holdPart(inspection, hold) : inspection;
	}

	/** A part is durable. @returns whether it is one of the line; a golden one is no more to be counted or told */
	decided(inspection: Inspection): boolean {
		this.#runner.decided(inspection);
		if (inspection.golden) return false;
		this.#schedule.part();
		return true;
	}

	heard(camera: string, message: FromGolden): void {
		this.#runner.heard(camera, message);
	}

	/** The camera's inspector is gone. */
	lost(camera: string, error: AndonError): void {
		this.#runner.lost(camera, error);
	}

	/** Begins a run; its result comes on `golden`. @throws GOLDEN_UNAVAILABLE */
	async run({ present, camera, parts }: RunGolden, by: Change): Promise<void> {
		this.#expectIdle();
		const all = this.#reference.set?.parts ?? [];
		if (all.length === 0)
			throw unavailable(
				'enrolled golden parts',
				this.#reference.fault ?? 'none',
				'Enrol some with `andon golden enroll` and send `enroll-golden`, or present them one by one.',
			);
		this.#begin(
			this.#carryOut({
				mode: present ? 'presented' : 'injected',
				trigger: `asked for by ${by.who}`,
				lines: present ? [this.#lineOf(camera)] : this.#linesOf(camera),
				parts: parts ? parts.map((id) => partOf(all, id)) : all,
			}),
		);
	}

	/** Takes the bundle's golden parts as reference, or begins to wait for one to be presented. @throws GOLDEN_UNAVAILABLE */
	async enroll({ part, defective, class: name, camera, fresh }: EnrollGolden, by: Change): Promise<void> {
		this.#expectIdle();
		if (part === undefined) {
			await this.#reference.adopt(by);
			return this.#host.changed();
		}
		if (defective === undefined)
			throw unavailable('`defective`: true or false with `part`', 'neither', 'Say what is true of the part.');
		if (!fresh) this.#reference.expectSameBundle();
		const wanted = { id: part, defective, class: name ?? (defective ? 'defect' : 'ok') };
		this.#begin(this.#enrollPresented(this.#lineOf(camera), wanted, fresh, by));
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
		const trigger = this.#schedule.due(Date.now());
		if (trigger === undefined) return;
		const parts = this.#reference.set?.parts ?? [];
		this.#begin(this.#carryOut({ mode: 'injected', trigger, lines: this.#host.lines(), parts }));
	}

	/** One thing at a time. @param work resolves with the run that it was, if it was one */
	#begin(work: Promise<GoldenRun | undefined>): void {
		this.#work = work
			.catch((error) => {
				if (!this.#stopping) this.#host.log.error({ error: messageOf(error) }, 'golden parts came to nothing');
				return undefined;
			})
			.then((run) => {
				this.#work = undefined;
				this.#runner.end();
				if (this.#stopping) return;
				if (run) this.#host.finished(run);
				this.#host.changed();
			});
	}

	async #carryOut(request: GoldenRequest): Promise<GoldenRun> {
		const run = await this.#runner.carryOut(request);
		await concludeRun(run, request.parts.length === this.#reference.set?.parts.length, this.#ledger, this.#host);
		this.#schedule.ran(Date.now());
		return run;
	}

	/** The command was answered when the waiting began: a refusal of the part is told as an alert. */
	async #enrollPresented(
		line: GoldenLine,
		wanted: Pick<GoldenPart, 'id' | 'defective' | 'class'>,
		fresh: boolean,
		by: Change,
	): Promise<undefined> {
		const part = { ...wanted, enrolled: {}, image: new Uint8Array() };
		const check = this.#runner.follow(`enrol-${wanted.id}`, line, 'presented', [part]);
		try {
			const [presented] = await check.present(this.#runner.patienceMs, true);
			await this.#reference.add(wanted, presented, fresh, by);
		} catch (error) {
			if (this.#stopping) return;
			const message = `Golden part ${wanted.id} was not enrolled: ${messageOf(error)}`;
			const payload = { kind: 'golden', station: this.#host.station, at: new Date().toISOString(), message };
			await this.#host.store.enqueue({ topic: 'alert', payload });
			throw error;
		}
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

	/** Parts are presented to one camera. */
	#lineOf(camera: string | undefined): GoldenLine {
		const lines = this.#linesOf(camera);
		if (lines.length === 1) return lines[0];
		throw unavailable('the one camera to present to', `${lines.length} cameras`, 'Name it with `camera`.');
	}
}

function partOf(parts: readonly GoldenPart[], id: string): GoldenPart {
	const part = parts.find((candidate) => candidate.id === id);
	if (part) return part;
	const some = parts.slice(0, 3).map((candidate) => candidate.id);
	throw unavailable(`golden parts such as ${some.join(', ')}`, id, 'Name parts of the set.');
}

function summaryOfSet({ parts, enrolledWith, enrolledAt }: GoldenSet): GoldenState['set'] {
	return {
		parts: parts.length,
		defective: parts.filter(({ defective }) => defective).length,
		enrolledWith,
		enrolledAt,
	};
}

function failureOf({ id, end, mode, why }: GoldenRun): GoldenState['standing'] {
	return { id, end, mode, why };
}

/** Of several cameras the worst recall, and the IoU of the first: the run itself says it of each. */
function summaryOfRun({ id, end, mode, trigger, passed, why, hints, cameras }: GoldenRun): GoldenState['last'] {
	const recalls = cameras.flatMap(({ recall }) => (recall === undefined ? [] : [recall]));
	return {
		...{ id, end, mode, trigger, passed, why, hints },
		...(recalls.length > 0 ? { recall: Math.min(...recalls) } : {}),
		...(cameras[0] ? { measuredIou: cameras[0].measuredIou } : {}),
		parts: cameras[0]?.parts.length ?? 0,
	};
}
