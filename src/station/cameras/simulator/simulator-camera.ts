/** The simulated line as a camera: seeded parts with exact masks, for the demo, for tests and for trying a station out. */

import { z } from 'zod';
import { monotonicMs } from '../../../base/clock.ts';
import { fitPixels } from '../../../imaging/decode-image.ts';
import { SimulatedLine, simulatedLineSettings } from '../../../imaging/simulated-line/simulated-line.ts';
import type { Camera, CameraContext, Shot } from '../camera.ts';
import { Pace } from '../pace.ts';

const { width, height, surfaces, defectRate } = simulatedLineSettings.shape;

export const simulatorOptions = z.strictObject({
	// Not the trainer's default seed: a station must not be shown the parts that its model was trained on.
	seed: z.int().min(0).default(2_000_001).meta({ description: 'The same seed gives the same parts' }),
	fps: z
		.number()
		.positive()
		.max(1000)
		.optional()
		.meta({ description: 'Parts a second; as fast as possible if absent' }),
	count: z.int().positive().optional().meta({ description: 'Ends after so many parts; endless if absent' }),
	width: width.unwrap().optional().meta({ description: "Pixels; the model's width if absent" }),
	height: height.unwrap().optional().meta({ description: "Pixels; the model's height if absent" }),
	defectRate: defectRate.unwrap().default(0.1).meta({ description: 'Share of parts with a defect' }),
	surfaces: surfaces.meta({ description: 'Materials that parts are made of' }),
});

export type SimulatorOptions = z.infer<typeof simulatorOptions>;

const cursorSchema = z.object({ seed: z.int(), index: z.int().min(0) });

export class SimulatorCamera implements Camera {
	readonly patient = true;
	readonly #line: SimulatedLine;
	readonly #channels: 1 | 3;
	readonly #count: number;
	readonly #pace: Pace;
	#index = 0;

	constructor(options: SimulatorOptions, { input, cursor }: CameraContext) {
		const { seed, width = input.width, height = input.height, defectRate, surfaces } = options;
		this.#line = new SimulatedLine({ seed, width, height, defectRate, surfaces });
		this.#channels = input.channels;
		this.#count = options.count ?? Number.POSITIVE_INFINITY;
		this.#pace = new Pace(options.fps);
		const { data } = cursorSchema.safeParse(cursor);
		if (data?.seed === seed) this.#index = data.index + 1;
	}

	async start(): Promise<void> {}

	async next(signal: AbortSignal): Promise<Shot | undefined> {
		if (this.#index >= this.#count) return undefined;
		await this.#pace.turn(signal);
		const index = this.#index++;
		const { seed } = this.#line.settings;
		const { defectClass } = this.#line.plan(index);
		return {
			partId: `simulated-${seed}-${index}`,
			cursor: { seed, index } satisfies z.infer<typeof cursorSchema>,
			acquiredAt: new Date().toISOString(),
			monotonicMs: monotonicMs(),
			simulated: true,
			truth: defectClass ? { defective: true, defectClass } : { defective: false },
			read: () => this.#read(index),
		};
	}

	async stop(): Promise<void> {}

	async #read(index: number) {
		const { pixels, mask } = this.#line.part(index);
		return { pixels: await fitPixels(pixels, { channels: this.#channels }), mask };
	}
}
