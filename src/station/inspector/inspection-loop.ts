/** Part after part: name it, announce it, inspect it, report it. */
import type { Logger } from '../../base/log.ts';
import type { OperatingPoint } from '../../metrics/operating-point.ts';
import type { Camera, Shot } from '../cameras/camera.ts';
import { createCamera, type SourceName } from '../cameras/index.ts';
import { type Policy, policyOf } from '../decision/policy.ts';
import { drawPreview } from './draw-preview.ts';
import { inputStatisticsOf } from './input-statistics-of.ts';
import { type InspectedShot, inspectShot } from './inspect-shot.ts';
import type { FromInspector, Start, ToInspector } from './messages.ts';
import { openProvenModel, type ProvenModel } from './open-proven-model.ts';

/** At most 5 previews a second. */
const PREVIEW_MS = 200;

type Told = Exclude<ToInspector, { kind: 'start' | 'stop' }>;

export class InspectionLoop {
	readonly #start: Start;
	readonly #send: (message: FromInspector) => Promise<void>;
	readonly #log: Logger;
	/** Parts whose record is not durable yet. */
	readonly #unrecorded = new Map<number, Shot>();
	#operatingPoint: OperatingPoint;
	#policy!: Policy;
	#sequence: number;
	#paused: boolean;
	#previews: boolean;
	#previewAt = 0;
	#stopping = false;
	/** Ends the waiting for a part when there is something else to do. */
	#waiting = new AbortController();
	#wake: (() => void) | undefined;
	#done: Promise<void> = Promise.resolve();

	constructor(start: Start, send: (message: FromInspector) => Promise<void>, log: Logger) {
		this.#start = start;
		this.#send = send;
		this.#log = log;
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
		}
	}

	async #run(): Promise<void> {
		const { camera: id, source, options, cursor, bundle: _, ...rest } = this.#start;
		const model = await openProvenModel(this.#start);
		const camera = createCamera(source as SourceName, options, { id, input: model.input, cursor, log: this.#log });
		try {
			this.#policy = policyOf(model, this.#start.decision);
			await camera.start();
			await this.#send({ kind: 'ready', provider: model.inspector.provider });
			this.#log.debug({ sequence: rest.sequence }, 'inspecting');
			await this.#inspectAll(camera, model);
		} finally {
			await camera.stop();
			await model.inspector.close();
		}
	}

	async #inspectAll(camera: Camera, model: ProvenModel): Promise<void> {
		while (!this.#stopping) {
			if (this.#paused) await this.#sleep();
			else {
				const shot = await this.#nextOf(camera);
				if (shot) await this.#inspect(shot, model);
			}
		}
	}

	/** Undefined when interrupted; does not return before that when the source has ended. */
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
		await this.#send({ kind: 'ended' });
		while (!this.#stopping) await this.#sleep();
		return undefined;
	}

	async #inspect(shot: Shot, model: ProvenModel): Promise<void> {
		const sequence = ++this.#sequence;
		this.#unrecorded.set(sequence, shot);
		const { partId, cursor, acquiredAt, simulated, truth } = shot;
		await this.#send({ kind: 'acquired', shot: { sequence, partId, cursor, acquiredAt, simulated, truth } });
		const { deadlineMs, expectSize, holdBand, inputStatistics } = this.#start;
		const operatingPoint = () => this.#operatingPoint;
		const policy = this.#policy;
		const inspected = await inspectShot(shot, model, { deadlineMs, expectSize, holdBand, policy, operatingPoint });
		await this.#send({ kind: 'result', sequence, ...inspected.result });
		if (inputStatistics && inspected.seen)
			await this.#send({ kind: 'statistics', sequence, statistics: inputStatisticsOf(inspected.seen) });
		await this.#preview(sequence, inspected);
	}

	async #preview(sequence: number, { seen, result }: InspectedShot): Promise<void> {
		const now = performance.now();
		if (!this.#previews || !seen || !result.outcome.inspected || now - this.#previewAt < PREVIEW_MS) return;
		this.#previewAt = now;
		const { pixels, inspected } = seen;
		try {
			await this.#send({
				kind: 'preview',
				sequence,
				jpeg: await drawPreview(pixels, inspected, result.outcome.defects),
			});
		} catch (error) {
			this.#log.warn({ error }, 'a preview could not be drawn');
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
