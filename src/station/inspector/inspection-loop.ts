/** Part after part: taken from the intake, inspected, reported; between them, whatever else there is to do. */
import { monotonicMs } from '../../base/clock.ts';
import { AndonError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { SeenFrame } from '../../bundle/frame-inspector.ts';
import type { Camera, CameraFault, Shot, TriggerRequest } from '../cameras/camera.ts';
import { createCamera, type SourceName } from '../cameras/index.ts';
import { FrameKeeper } from '../feedback/frame-keeper.ts';
import { drawPreview } from './draw-preview.ts';
import { GoldenDesk, type GoldenShot } from './golden-desk.ts';
import { inputStatisticsOf } from './input-statistics-of.ts';
import { type InspectedShot, type InspectionRules, inspectShot, reasonOf } from './inspect-shot.ts';
import { Intake, type NamedPart } from './intake.ts';
import { KeepWarm } from './keep-warm.ts';
import type { LoadedRecipe } from './loaded-recipe.ts';
import type { Shadow, Start, ToInspector } from './messages.ts';
import type { ProvenModel } from './open-proven-model.ts';
import { RecipeRack } from './recipe-rack.ts';
import { scoreShadow } from './score-shadow.ts';
import { StageClock } from './stage-clock.ts';
import type { Voice } from './voice.ts';

/** At most 5 previews a second, ms; while parts wait, one in so long. */
const PREVIEW_MS = 200;
const BUSY_PREVIEW_MS = 2000;

type Told = Exclude<ToInspector, { kind: 'start' | 'stop' }>;

export class InspectionLoop {
	readonly #start: Start;
	readonly #voice: Voice;
	readonly #log: Logger;
	readonly #frames: FrameKeeper;
	/** What cameras want to know of parts whose record is not durable yet. */
	readonly #unrecorded = new Map<number, NonNullable<Shot['recorded']>>();
	readonly #golden = new GoldenDesk();
	readonly #recipes: RecipeRack;
	#shadow: Shadow | undefined;
	#paused: boolean;
	#previews: boolean;
	#previewAt = 0;
	#stopping = false;
	#camera: Camera | undefined;
	#intake: Intake | undefined;
	#warm: KeepWarm | undefined;
	#done: Promise<void> = Promise.resolve();

	constructor(start: Start, voice: Voice, log: Logger) {
		this.#start = start;
		this.#voice = voice;
		this.#log = log;
		this.#frames = new FrameKeeper(start.frames, (report) => void voice.send({ kind: 'frame', ...report }));
		this.#recipes = new RecipeRack(log);
		this.#shadow = start.shadow;
		this.#paused = start.paused;
		this.#previews = start.previews;
	}

	/** Resolves when stopped. @throws when bundle, model or camera cannot be used (any more) */
	run(): Promise<void> {
		const run = this.#run();
		this.#done = run.catch(() => {});
		return run;
	}

	/** Takes no further part; lets those that were taken be finished. */
	async stop(): Promise<void> {
		this.#stopping = true;
		await this.#intake?.stop();
		return this.#done;
	}

	async tell(message: Told): Promise<void> {
		switch (message.kind) {
			case 'operating-point':
				this.#recipes.current.operatingPoint = message.operatingPoint;
				return this.#voice.send({ kind: 'applied', change: message.change });
			case 'prepare':
				return this.#prepare(message);
			case 'settle':
				return this.#settle(message);
			case 'pause':
				this.#paused = message.paused;
				this.#intake?.pause(message.paused);
				return this.#voice.send({ kind: 'applied', change: message.change });
			case 'previews':
				this.#previews = message.wanted;
				return;
			case 'recorded': {
				const recorded = this.#unrecorded.get(message.sequence);
				this.#unrecorded.delete(message.sequence);
				return recorded?.();
			}
			case 'trigger':
				return this.#trigger(message.request);
			case 'inject':
			case 'present':
				this.#golden.tell(message);
				return this.#intake?.interrupt();
		}
	}

	async #run(): Promise<void> {
		await this.#recipes.open(this.#start.recipe, this.#start.standBy);
		const { model } = this.#recipes.current;
		const camera = this.#openCamera(model);
		const intake = this.#openIntake(camera);
		const warm = this.#keepWarm(intake);
		this.#warm = warm;
		try {
			await intake.start();
			this.#camera = camera;
			this.#intake = intake;
			await this.#voice.send({ kind: 'ready', provider: model.inspector.provider, placement: model.placement });
			this.#log.debug({ sequence: this.#start.sequence }, 'inspecting');
			await this.#inspectAll(intake);
		} finally {
			warm.stop();
			await intake.stop();
			await camera.stop();
			await this.#frames.settled();
			await this.#recipes.close();
		}
	}

	/** Opening a model takes the time of a few parts: those that come meanwhile wait. */
	async #prepare({ change, recipe }: Extract<Told, { kind: 'prepare' }>): Promise<void> {
		try {
			await this.#recipes.prepare(recipe);
			await this.#voice.send({ kind: 'applied', change });
		} catch (error) {
			const known = error instanceof AndonError ? { code: error.code, facts: error.facts } : { code: 'INTERNAL' };
			await this.#voice.send({ kind: 'not-applied', change, message: messageOf(error), ...known });
		}
	}

	/** One that still starts has loaded what it was started with. */
	async #settle({ change, scope, keep, shadow }: Extract<Told, { kind: 'settle' }>): Promise<void> {
		this.#shadow = shadow;
		if (this.#intake && this.#recipes.settle(scope, keep)) return this.#voice.send({ kind: 'applied', change });
		await this.#voice.send({ kind: 'not-applied', change, code: 'INTERNAL', message: `${scope} is not loaded` });
	}

	#openCamera({ input }: ProvenModel): Camera {
		const { camera: id, source, options, cursor } = this.#start;
		const report = (fault?: CameraFault) => void this.#voice.send({ kind: 'camera', fault });
		return createCamera(source as SourceName, options, { id, input, cursor, log: this.#log, report });
	}

	#openIntake(camera: Camera): Intake {
		const { sequence, queueLimit: limit } = this.#start;
		return new Intake(
			camera,
			{
				sequence,
				limit,
				paused: this.#paused,
				golden: this.#golden,
				recipe: ({ monotonicMs: at }) => this.#recipes.take(at),
			},
			{
				named: (part) => this.#announce(part),
				refused: (part, why) => this.#refuse(part, why),
				ended: () => this.#voice.send({ kind: 'ended' }),
			},
		);
	}

	async #inspectAll(intake: Intake): Promise<void> {
		while (!this.#stopping || intake.waiting > 0) {
			const injected = this.#golden.take(this.#recipes.current.model.input.channels);
			if (injected) await this.#inspectInjected(injected);
			else {
				const part = await intake.next();
				if (part) await this.#inspect(part);
			}
		}
	}

	/** The supervisor hears of a part before its pixels are touched. */
	async #announce({ sequence, shot, recipe, golden }: NamedPart): Promise<void> {
		if (shot.recorded) this.#unrecorded.set(sequence, () => shot.recorded!());
		const { partId, cursor, acquiredAt, monotonicMs, simulated, truth, trigger, missed, device } = shot;
		const named = {
			sequence,
			recipe: recipe.scope,
			partId,
			cursor,
			acquiredAt,
			monotonicMs,
			simulated,
			truth,
			trigger,
			device,
			missed,
			golden: golden?.mark,
		};
		await this.#voice.send({ kind: 'acquired', shot: named });
	}

	async #refuse({ sequence, shot, recipe }: NamedPart, why: AndonError): Promise<void> {
		const times = new StageClock(shot.monotonicMs).times();
		shot.release?.();
		const outcome = { inspected: false, reason: reasonOf(why) } as const;
		this.#recipes.giveBack(recipe);
		await this.#voice.send({ kind: 'result', sequence, operatingPoint: recipe.operatingPoint, times, outcome });
	}

	async #inspect({ sequence, shot, recipe, golden }: NamedPart): Promise<void> {
		const inspected = await this.#warm!.during(() => inspectShot(shot, recipe.model, this.#rulesOf(recipe)));
		const look = inspected.seen && (await golden?.compare?.(inspected.seen.pixels, recipe.model.frames));
		if (golden && look) await this.#voice.send({ kind: 'looked', ...golden.mark, ...look });
		const png = await golden?.captured?.();
		if (golden && png) await this.#voice.send({ kind: 'captured', ...golden.mark, png });
		const result = { kind: 'result', sequence, ...inspected.result } as const;
		// Where pictures are drawn afterwards it would wait for them.
		if (this.#previews || golden) await this.#voice.send(result);
		else this.#voice.soon(result);
		// Golden parts are chosen: they do not look as the line does on average.
		if (recipe.inputStatistics && inspected.seen && !golden)
			this.#voice.mention({
				kind: 'statistics',
				sequence,
				statistics: inputStatisticsOf(inspected.seen, recipe.model.gated !== undefined),
			});
		const kept = golden ? undefined : this.#keepFrame(sequence, inspected);
		await this.#preview(sequence, inspected, recipe.model);
		if (!golden && recipe.scope === this.#shadow?.beside)
			await this.#compare(sequence, shot, inspected, this.#shadow.scope);
		this.#recipes.giveBack(recipe);
		if (kept) void kept.then(() => shot.release?.());
		else shot.release?.();
	}

	/** The decision is sent by now. A part that waits is worth more than one that was compared. */
	async #compare(sequence: number, shot: Shot, inspected: InspectedShot, scope: string): Promise<void> {
		if (!inspected.seen) return;
		const shadow = this.#intake!.waiting > 0 ? undefined : this.#recipes.borrow(scope);
		const compared = shadow && (await scoreShadow(shot, inspected, shadow, this.#rulesOf(shadow)));
		if (shadow) this.#recipes.giveBack(shadow);
		this.#voice.mention({ kind: 'shadow', sequence, compared });
	}

	/** An image of enrolment: judged as any part is, but for its size, which says nothing of the camera. */
	async #inspectInjected({ shot, mark }: GoldenShot): Promise<void> {
		const recipe = this.#recipes.take();
		const { result } = await inspectShot(shot, recipe.model, { ...this.#rulesOf(recipe), expectSize: undefined });
		this.#recipes.giveBack(recipe);
		await this.#voice.send({ kind: 'injected', ...mark, ...result });
	}

	#rulesOf(recipe: LoadedRecipe): InspectionRules {
		const { deadlineMs, expectSize } = this.#start;
		const { holdBand, policy } = recipe;
		return { deadlineMs, expectSize, holdBand, policy, operatingPoint: () => recipe.operatingPoint };
	}

	/** @returns what resolves once its pixels are no longer needed; undefined when it is not kept */
	#keepFrame(sequence: number, { seen, result: { outcome } }: InspectedShot): Promise<void> | undefined {
		if (!seen || !outcome.inspected) return undefined;
		return this.#frames.keep(sequence, outcome.verdict, seen);
	}

	async #trigger(request: TriggerRequest): Promise<void> {
		try {
			if (!this.#camera) throw starting(this.#start);
			if (!this.#camera.trigger) throw takesNone(this.#start);
			this.#camera.trigger(request);
		} catch (error) {
			const { code, facts } = error instanceof AndonError ? error : broken(error);
			await this.#voice.send({ kind: 'refused', trigger: request.id, code, facts });
		}
	}

	#keepWarm(intake: Intake): KeepWarm {
		const run = () => {
			const { inspector, gated, input } = this.#recipes.current.model;
			// A gate would keep the model asleep.
			return (gated?.inspector.alone ?? inspector).inspect(new Uint8Array(input.width * input.height * input.channels));
		};
		return new KeepWarm(this.#start.keepWarmMs, { run, isBusy: () => intake.waiting > 0 });
	}

	/** The decision is sent by now: drawing delays the next part at most, while somebody watches. */
	async #preview(sequence: number, { seen, result }: InspectedShot, model: ProvenModel): Promise<void> {
		const now = monotonicMs();
		const pause = this.#intake?.waiting ? BUSY_PREVIEW_MS : PREVIEW_MS;
		if (!this.#previews || !seen || !result.outcome.inspected || now - this.#previewAt < pause) return;
		this.#previewAt = now;
		try {
			const heat = result.outcome.verdict === 'ok' ? undefined : await this.#heatOf(seen, model);
			const jpeg = await drawPreview(seen, result.outcome.defects, heat);
			await this.#voice.send({ kind: 'preview', sequence, jpeg });
		} catch (error) {
			this.#log.warn({ error }, 'a preview could not be drawn');
		}
	}

	/** A picture without heat is better than none. */
	async #heatOf(seen: SeenFrame, { heatMap }: ProvenModel): Promise<Float32Array | undefined> {
		try {
			return await seen.map((pixels) => heatMap.of(pixels));
		} catch (error) {
			this.#log.warn({ error }, 'a heat map could not be computed');
			return undefined;
		}
	}
}

function starting({ camera }: Start): AndonError {
	return new AndonError('INSPECTOR_LOST', {
		expected: `the inspector of ${camera} to be running`,
		found: 'it is being started',
		fix: 'Ask again in a moment.',
	});
}

function takesNone({ camera, source }: Start): AndonError {
	return new AndonError('CAMERA_TRIGGER_REFUSED', {
		expected: 'a camera that inspects on request',
		found: `${camera}, whose source ${source} names its parts itself`,
		fix: 'Ask another camera, or change its `source` or `trigger`.',
	});
}

function broken(error: unknown): AndonError {
	return new AndonError('CAMERA_TRIGGER_REFUSED', {
		expected: 'the camera to take the request',
		found: messageOf(error),
		fix: 'Ask again; if it repeats, see the log and restart the station.',
	});
}
