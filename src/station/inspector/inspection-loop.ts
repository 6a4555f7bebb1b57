/** Part after part: name it, announce it, inspect it, report it. */
import type { Logger } from '../../base/log.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { Camera, CameraFault, Shot } from '../cameras/camera.ts';
import { createCamera, type SourceName } from '../cameras/index.ts';
import { type Policy, policyOf } from '../decision/policy.ts';
import { FrameKeeper } from '../feedback/frame-keeper.ts';
import { drawPreview } from './draw-preview.ts';
import { GoldenDesk, type GoldenShot } from './golden-desk.ts';
import { inputStatisticsOf } from './input-statistics-of.ts';
import { type InspectedShot, type InspectionRules, inspectShot } from './inspect-shot.ts';
import type { FromInspector, Start, ToInspector } from './messages.ts';
import { openProvenModel, type ProvenModel } from './open-proven-model.ts';

/** At most 5 previews a second. */
const PREVIEW_MS = 200;

type Told = Exclude<ToInspector, { kind: 'start' | 'stop' }>;

export class InspectionLoop {
	readonly #start: Start;
	readonly #send: (message: FromInspector) => Promise<void>;
	readonly #log: Logger;
	readonly #frames: FrameKeeper;
	/** Parts whose record is not durable yet. */
	readonly #unrecorded = new Map<number, Shot>();
	readonly #golden = new GoldenDesk();
	#operatingPoint: OperatingPoint;
	#policy!: Policy;
	#sequence: number;
	#paused: boolean;
	#previews: boolean;
	#previewAt = 0;
	#stopping = false;
	/** The source has no more parts. */
	#ended = false;
	/** Ends the waiting for a part when there is something else to do. */
	#waiting = new AbortController();
	#wake: (() => void) | undefined;
	#done: Promise<void> = Promise.resolve();

	constructor(start: Start, send: (message: FromInspector) => Promise<void>, log: Logger) {
		this.#start = start;
		this.#send = send;
		this.#log = log;
		this.#frames = new FrameKeeper(start.frames, (report) => void send({ kind: 'frame', ...report }));
		this.#operatingPoint = start.operatingPoint;
		this.#sequence = start.sequence - 1;
		this.#paused = start.paused;
		this.#previews = start.previews;
	}

	/** Resolves when stopped. @throws when bundle, model or camera cannot be used (any more) */
	run(): Promise<void> {
		const run = this.#run();
		this.#done = run.catch(() => {});
		return run;
	}

	/** Lets the part in work be finished. */
	stop(): Promise<void> {
		this.#stopping = true;
		this.#interrupt();
		return this.#done;
	}

	async tell(message: Told): Promise<void> {
		switch (message.kind) {
			case 'operating-point':
				this.#operatingPoint = message.operatingPoint;
				return this.#send({ kind: 'applied', change: message.change });
			case 'pause':
				this.#paused = message.paused;
				this.#interrupt();
				return this.#send({ kind: 'applied', change: message.change });
			case 'previews':
				this.#previews = message.wanted;
				return;
			case 'recorded': {
				const shot = this.#unrecorded.get(message.sequence);
				this.#unrecorded.delete(message.sequence);
				return shot?.recorded?.();
			}
			case 'inject':
			case 'present':
				this.#golden.tell(message);
				return this.#interrupt();
		}
	}

	async #run(): Promise<void> {
		const { camera: id, source, options, cursor, bundle: _, ...rest } = this.#start;
		const model = await openProvenModel(this.#start);
		const report = (fault?: CameraFault) => void this.#send({ kind: 'camera', fault });
		const context = { id, input: model.input, cursor, log: this.#log, report };
		const camera = createCamera(source as SourceName, options, context);
		try {
			this.#policy = policyOf(model, this.#start.decision);
			await camera.start();
			await this.#send({ kind: 'ready', provider: model.inspector.provider });
			this.#log.debug({ sequence: rest.sequence }, 'inspecting');
			await this.#inspectAll(camera, model);
		} finally {
			await camera.stop();
			await this.#frames.settled();
			await model.close();
		}
	}

	async #inspectAll(camera: Camera, model: ProvenModel): Promise<void> {
		while (!this.#stopping) {
			const injected = this.#golden.take(model.input.channels);
			if (injected) await this.#inspectInjected(injected, model);
			else if (this.#paused || this.#ended) await this.#sleep();
			else {
				const shot = await this.#nextOf(camera);
				if (shot) await this.#inspect(shot, model);
			}
		}
	}

	/** Undefined when interrupted or when the source has ended. */
	async #nextOf(camera: Camera): Promise<Shot | undefined> {
		this.#waiting = new AbortController();
		const { signal } = this.#waiting;
		try {
			const shot = await camera.next(signal);
			if (shot) return shot;
		} catch (error) {
			if (signal.aborted) return undefined;
			throw error;
		}
		this.#ended = true;
		await this.#send({ kind: 'ended' });
		return undefined;
	}

	async #inspect(acquired: Shot, model: ProvenModel): Promise<void> {
		const sequence = ++this.#sequence;
		const presented = this.#golden.claim(acquired);
		const shot = presented?.shot ?? acquired;
		this.#unrecorded.set(sequence, shot);
		const { partId, cursor, acquiredAt, simulated, truth } = shot;
		const named = { sequence, partId, cursor, acquiredAt, simulated, truth, golden: presented?.mark };
		await this.#send({ kind: 'acquired', shot: named });
		const inspected = await inspectShot(shot, model, this.#rules);
		const look = inspected.seen && (await presented?.compare?.(inspected.seen.pixels));
		if (presented && look) await this.#send({ kind: 'looked', ...presented.mark, ...look });
		const png = await presented?.captured?.();
		if (presented && png) await this.#send({ kind: 'captured', ...presented.mark, png });
		await this.#send({ kind: 'result', sequence, ...inspected.result });
		// Golden parts are chosen: they do not look as the line does on average.
		if (this.#start.inputStatistics && inspected.seen && !presented)
			await this.#send({ kind: 'statistics', sequence, statistics: inputStatisticsOf(inspected.seen) });
		if (!presented) this.#keepFrame(sequence, inspected);
		await this.#preview(sequence, inspected, model);
	}

	/** An image of enrolment: judged as any part is, but for its size, which says nothing of the camera. */
	async #inspectInjected({ shot, mark }: GoldenShot, model: ProvenModel): Promise<void> {
		const { result } = await inspectShot(shot, model, { ...this.#rules, expectSize: undefined });
		await this.#send({ kind: 'injected', ...mark, ...result });
	}

	get #rules(): InspectionRules {
		const { deadlineMs, expectSize, holdBand } = this.#start;
		const operatingPoint = () => this.#operatingPoint;
		return { deadlineMs, expectSize, holdBand, policy: this.#policy, operatingPoint };
	}

	#keepFrame(sequence: number, { seen, result: { outcome } }: InspectedShot): void {
		if (!seen || !outcome.inspected) return;
		this.#frames.keep(sequence, outcome.verdict, {
			original: seen.frame,
			fitted: seen.pixels,
			mask: seen.inspected.mask,
		});
	}

	/** The decision is sent by now: drawing delays the next part at most, while somebody watches. */
	async #preview(sequence: number, { seen, result }: InspectedShot, model: ProvenModel): Promise<void> {
		const now = performance.now();
		if (!this.#previews || !seen || !result.outcome.inspected || now - this.#previewAt < PREVIEW_MS) return;
		this.#previewAt = now;
		const { pixels, inspected } = seen;
		try {
			const heat = result.outcome.verdict === 'ok' ? undefined : await this.#heatOf(pixels.data, model);
			const jpeg = await drawPreview(pixels, inspected, result.outcome.defects, heat);
			await this.#send({ kind: 'preview', sequence, jpeg });
		} catch (error) {
			this.#log.warn({ error }, 'a preview could not be drawn');
		}
	}

	/** A picture without heat is better than none. */
	async #heatOf(pixels: Uint8Array, { heatMap }: ProvenModel): Promise<Float32Array | undefined> {
		try {
			return await heatMap.of(pixels);
		} catch (error) {
			this.#log.warn({ error }, 'a heat map could not be computed');
			return undefined;
		}
	}

	/** Until something changes. */
	#sleep(): Promise<void> {
		if (this.#stopping) return Promise.resolve();
		return new Promise((resolve) => {
			this.#wake = resolve;
		});
	}

	#interrupt(): void {
		this.#waiting.abort();
		this.#wake?.();
	}
}
