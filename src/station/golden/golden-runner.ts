/** Carries a golden run out, camera after camera, and judges it; an inspector that dies in the middle loses nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type AndonError, messageOf } from '../../base/errors.ts';
import type { GoldenPart } from '../../bundle/golden.ts';
import type { Inspection } from '../inspection.ts';
import type { FromGolden } from '../inspector/messages.ts';
import { GoldenCheck, type GoldenLine } from './golden-check.ts';
import type { GoldenHost } from './golden-host.ts';
import type { GoldenReference } from './golden-reference.ts';
import type { CameraResult, GoldenMode, GoldenOutcome, GoldenRun, GoldenState } from './golden-run.ts';
import { judgeGolden } from './judge-golden.ts';
import { unavailable } from './unavailable.ts';

export interface GoldenRequest {
	readonly mode: GoldenMode;
	readonly trigger: string;
	readonly lines: readonly GoldenLine[];
	readonly parts: readonly GoldenPart[];
}

/** How long a run waits for an inspector that is being restarted, ms. */
const READY_MS = 60_000;
/** An inspector that dies once is an accident; twice in one run is a finding. */
const REPEATS = 1;

export class GoldenRunner {
	readonly #host: GoldenHost;
	readonly #reference: GoldenReference;
	#check: { readonly camera: string; readonly check: GoldenCheck } | undefined;
	#running: GoldenState['running'];
	#stopped = false;

	constructor(host: GoldenHost, reference: GoldenReference) {
		this.#host = host;
		this.#reference = reference;
	}

	get running(): GoldenState['running'] {
		return this.#running;
	}

	get patienceMs(): number {
		return this.#host.options.presentMinutes * 60_000;
	}

	/** Gives up what is under way. */
	stop(): void {
		this.#stopped = true;
		this.#check?.check.end(
			unavailable('the station to go on', 'it stops', 'Run the golden parts after its next start.'),
		);
	}

	/** A part is durable. */
	decided(inspection: Inspection): void {
		const check = this.#checkOf(inspection.camera);
		if (inspection.golden) check?.presented(inspection);
		else check?.partWentBy();
	}

	heard(camera: string, message: FromGolden): void {
		this.#checkOf(camera)?.heard(message);
	}

	lost(camera: string, error: AndonError): void {
		this.#checkOf(camera)?.end(error);
	}

	/** @throws only when stopped: everything else is a finding */
	async carryOut(request: GoldenRequest): Promise<GoldenRun> {
		const start = new Date().toISOString();
		const id = `${this.#host.station}-${this.#host.bootId}-golden-${this.#host.newRun()}`;
		const cameras: CameraResult[] = [];
		let repeats = 0;
		for (const line of request.lines) {
			const [result, again] = await this.#checkLine(id, line, request);
			cameras.push(result);
			repeats += again;
		}
		return this.#runOf(id, start, request, cameras, repeats);
	}

	/** A check whose progress the state shows until `end`. */
	follow(run: string, line: GoldenLine, mode: GoldenMode, parts: readonly GoldenPart[]): GoldenCheck {
		const { camera } = line;
		const tell = (done: number, waitingFor?: GoldenPart) => {
			const waiting = waitingFor ? { waitingFor: `${waitingFor.id} (${waitingFor.class})` } : {};
			this.#running = { mode, camera, done, of: parts.length, ...waiting };
			this.#host.changed();
		};
		const check = new GoldenCheck(run, line, parts, (waitingFor) => tell(check.outcomes.length, waitingFor));
		this.#check = { camera, check };
		tell(0);
		return check;
	}

	/** What was under way is over, with all that follows from it. */
	end(): void {
		this.#check = undefined;
		this.#running = undefined;
	}

	#checkOf(camera: string): GoldenCheck | undefined {
		return this.#check?.camera === camera ? this.#check.check : undefined;
	}

	/** An injected run whose inspector died is repeated; the second death is the result. */
	async #checkLine(run: string, line: GoldenLine, request: GoldenRequest): Promise<[CameraResult, number]> {
		const { mode, parts } = request;
		for (let repeats = 0; ; repeats++) {
			const check = this.follow(run, line, mode, parts);
			try {
				await this.#untilReady(line);
				if (mode === 'injected') await check.inject();
				else await check.present(this.patienceMs);
				return [this.#judge(line, request, check.outcomes), repeats];
			} catch (error) {
				if (this.#stopped) throw error;
				const reason = messageOf(error);
				this.#host.log.warn({ error: reason, run }, 'a golden run was interrupted');
				if (mode === 'injected' && repeats < REPEATS) continue;
				const rest = parts.slice(check.outcomes.length);
				const missing = rest.map(({ id }) => ({ part: id, verdict: 'not-inspected', reason }) as const);
				return [this.#judge(line, request, [...check.outcomes, ...missing]), repeats];
			}
		}
	}

	async #untilReady(line: GoldenLine): Promise<void> {
		const until = performance.now() + READY_MS;
		while (!line.ready && !this.#stopped && performance.now() < until) await sleep(50);
	}

	#judge(line: GoldenLine, { mode, parts }: GoldenRequest, outcomes: readonly GoldenOutcome[]): CameraResult {
		const { precision, operatingPoint, options } = this.#host;
		const judgement = judgeGolden(parts, outcomes, {
			mode,
			precision,
			enrolledThreshold: this.#reference.set?.enrolledWith.thresholds[precision],
			threshold: operatingPoint.threshold,
			requirements: options.pass,
			otherBundle: this.#reference.otherBundle(),
		});
		return { camera: line.camera, ...(line.provider ? { provider: line.provider } : {}), ...judgement };
	}

	#runOf(
		id: string,
		start: string,
		{ mode, trigger }: GoldenRequest,
		cameras: readonly CameraResult[],
		repeats: number,
	): GoldenRun {
		const { station, recipe, precision, operatingPoint } = this.#host;
		const { set, fault } = this.#reference;
		const nothing = fault ?? 'No golden parts are enrolled: see `andon golden enroll` and the command `enroll-golden`.';
		const why = set ? cameras.flatMap(wordsOf(cameras.length)) : [nothing];
		const end = new Date().toISOString();
		return {
			...{ id, station, start, end, mode, trigger },
			passed: why.length === 0,
			why,
			hints: [...new Set(cameras.flatMap((camera) => camera.hints))],
			...{ recipe, precision, operatingPoint },
			...(set ? { enrolledWith: set.enrolledWith } : {}),
			cameras,
			repeats,
		};
	}
}

/** Each with its camera, where there are several. */
function wordsOf(cameras: number): (result: CameraResult) => readonly string[] {
	return ({ camera, why }) => (cameras > 1 ? why.map((words) => `${camera}: ${words}`) : why);
}
