/** A camera that streams, of any source: kept open, triggered, watched; what is missed becomes a part that was not inspected. */
import { AndonError } from '../../../base/errors.ts';
import type { Camera, CameraContext, Shot, TriggerRequest } from '../camera.ts';
import { Arrivals } from './arrivals.ts';
import { CameraFaults } from './camera-faults.ts';
import { Device } from './device.ts';
import { FrameHealth } from './health/frame-health.ts';
import { lookAt } from './health/frame-look.ts';
import type { LiveOptions } from './live-options.ts';
import { LiveShots } from './live-shots.ts';
import type { LiveFrame, LiveSource } from './live-source.ts';
import { linePaused } from './triggers/awaited-frames.ts';
import { createTrigger } from './triggers/index.ts';
import type { Asked, Trigger, TriggerFrame, TriggerLine } from './triggers/trigger.ts';

export class LiveCamera implements Camera {
	readonly patient = false;
	readonly #trigger: Trigger;
	readonly #line: TriggerLine;
	readonly #device: Device;
	readonly #faults: CameraFaults;
	readonly #health: FrameHealth;
	readonly #shots: LiveShots;
	readonly #arrivals = new Arrivals();
	#paused = false;

	constructor(source: LiveSource, options: LiveOptions, context: CameraContext) {
		this.#faults = new CameraFaults((fault) => context.report(fault));
		this.#health = new FrameHealth(options.health);
		this.#shots = new LiveShots(context.input.channels, options.frameBuffers, source.simulated);
		this.#device = new Device(
			source,
			options,
			{
				frame: (frame, valid) => this.#frame(frame, valid),
				broken: (reason) => this.#trigger.broken(reason),
				lost: (why) => this.#lost(why),
				unused: () => this.#shots.unused(),
				back: () => this.#back(),
			},
			context.log,
		);
		this.#line = this.#lineOf(source, context);
		this.#trigger = createTrigger(options.trigger, this.#line);
	}

	/** Never fails: a camera that is not there is reported, and looked for without end. */
	async start(): Promise<void> {
		this.#device.start();
		this.#trigger.start?.();
	}

	next(signal: AbortSignal): Promise<Shot> {
		return this.#arrivals.next(signal);
	}

	pause(paused: boolean): void {
		this.#paused = paused;
	}

	trigger({ id, partId, at, monotonicMs, image }: TriggerRequest): void {
		if (!this.#trigger.ask || image) throw refused(image !== undefined);
		if (this.#paused) throw linePaused();
		this.#trigger.ask({ id, partId, at, monotonicMs });
	}

	async stop(): Promise<void> {
		this.#trigger.stop?.();
		await this.#device.stop();
		this.#arrivals.clear();
	}

	/** What triggers see of this camera. */
	#lineOf(source: LiveSource, { id, log }: CameraContext): TriggerLine {
		const camera = this;
		return {
			camera: id,
			log,
			freeRunning: source.freeRunning !== false,
			get paused() {
				return camera.#paused;
			},
			get away() {
				return camera.#device.away;
			},
			get isOpen() {
				return camera.#device.isOpen;
			},
			...(source.trigger ? { fire: () => source.trigger!() } : {}),
			part: (frame, asked) => this.#part(frame, asked),
			missed: (why, asked) => this.#missed(why, asked),
			report: (kind, fault) => this.#faults.set(kind, fault),
		};
	}

	#frame(frame: LiveFrame, valid: () => boolean): void {
		this.#health.frame(lookAt(frame.image), frame.monotonicMs);
		this.#tellHealth();
		this.#trigger.frame(this.#shots.lend(frame, valid));
	}

	#part(frame: TriggerFrame, asked: Asked | undefined): void {
		if (this.#paused) {
			frame.release();
			this.#missed(linePaused(), asked);
		} else {
			this.#health.part();
			this.#tellHealth();
			this.#arrivals.add(this.#shots.of(frame, asked, this.#health.distrust));
		}
	}

	/** While paused, frames that come by themselves are no parts; what was triggered is one, and is missed. */
	#missed(why: AndonError, asked: Asked | undefined): void {
		if (this.#paused && !asked && this.#line.freeRunning) return;
		this.#arrivals.add(this.#shots.missed(why, asked));
	}

	#tellHealth(): void {
		const { alarm } = this.#health;
		this.#faults.set('picture', alarm?.why, alarm?.blind);
	}

	#lost(why: AndonError): void {
		this.#faults.set('device', why);
		this.#faults.set('picture', undefined);
		this.#health.reset();
		this.#trigger.lost(why);
	}

	#back(): void {
		this.#faults.set('device', undefined);
		this.#trigger.back?.();
	}
}

function refused(withImage: boolean): AndonError {
	return new AndonError('CAMERA_TRIGGER_REFUSED', {
		expected: withImage ? 'a camera of `source: http`' : 'a camera with `trigger: { on: command }`',
		found: withImage ? 'an image for a camera that takes its own' : 'a camera whose parts come otherwise',
		fix: 'Ask another camera, or change `trigger` or `source` in station.yaml.',
	});
}
